package dev.tern;

/** The element types of tensors. Types below eight bits are packed, lowest bits first, rows padded to whole bytes. */
public enum DataType {
    F32(32, false),
    BF16(16, false),
    S32(32, true),
    S8(8, true),
    U8(8, true),
    S4(4, true),
    S2(2, true),
    /** Signs: bit 1 is +1, bit 0 is -1. */
    B1(1, true);

    private final int bits;
    private final boolean integer;

    DataType(final int bits, final boolean integer) {
        this.bits = bits;
        this.integer = integer;
    }

    public int bits() {
        return bits;
    }

    public boolean isInteger() {
        return integer;
    }

    /** True for the 8-bit types that quantized tensors are made of. */
    public boolean isByte() {
        return this == S8 || this == U8;
    }

    /** Bytes that {@code elements} adjacent elements take. */
    public long bytes(final long elements) {
        return Math.ceilDiv(Math.multiplyExact(elements, bits), 8);
    }

    /** Smallest value of an integer type. */
    public int min() {
        return this == U8 ? 0 : this == B1 ? -1 : -1 << (requireInteger().bits - 1);
    }

    /** Largest value of an integer type. */
    public int max() {
        return this == U8 ? 255 : this == B1 ? 1 : ~(-1 << (requireInteger().bits - 1));
    }

    private DataType requireInteger() {
        if (!integer) {
            throw new IllegalArgumentException("type: " + this + " has no integer range");
        }
        return this;
    }
}
