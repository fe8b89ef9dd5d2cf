package dev.tern.bench;

/** What a problem's operands and result are made of: one value per {@code type} column of the results. */
public interface BenchType {

    /** The name in tables, JSON and commands. */
    String label();

    GemmType.Element a();

    GemmType.Element b();

    GemmType.Element y();

    /** Whether the weights are known before the first run, so that a library may lay them out as it likes. */
    boolean isPacked();

    default boolean isInteger() {
        return a() != GemmType.Element.F32 && !isHalves();
    }

    /** Whether a result is one number, which no order of summation changes. */
    default boolean isExact() {
        return isInteger();
    }

    default boolean isHalves() {
        return a() == GemmType.Element.BF16;
    }

    default boolean isSigns() {
        return b() == GemmType.Element.B1;
    }

    /** Whether both operands are 8-bit integers. */
    default boolean isBytes() {
        return a().bits() == Byte.SIZE && b() == GemmType.Element.S8;
    }
}
