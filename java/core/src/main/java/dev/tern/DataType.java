package dev.tern;

/** The element types of tensors. */
public enum DataType {
    /** IEEE 754 single precision. */
    F32(32),
    /** The upper half of an F32. */
    BF16(16),
    /** Two's complement, 32 bits: the accumulator of every integer operation. */
    S32(32),
    /** Two's complement, 8 bits. */
    S8(8),
    /** Unsigned, 8 bits. */
    U8(8),
    /** Two's complement, two to a byte. */
    S4(4),
    /** Two's complement, four to a byte. */
    S2(2),
    /** One sign, 64 to a long: bit 1 is +1, bit 0 is -1. */
    B1(1);

    private final int bits;

    DataType(final int bits) {
        this.bits = bits;
    }

    public int bits() {
        return bits;
    }

    /** Whether an element is smaller than a byte, so that rows are packed and have no strides below a row. */
    public boolean isSubByte() {
        return bits < Byte.SIZE;
    }
}
