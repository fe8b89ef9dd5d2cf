package dev.tern;

/** A BF16 is the upper half of an f32: the same exponent, eight bits of the significand. */
public final class Bfloat16 {
    private static final int BITS = 16;
    private static final int BELOW_HALF = 0x7fff;
    private static final int QUIET = 0x40;

    private Bfloat16() {}

    /** The nearest, ties to even; beyond the largest, infinity. A NaN stays one, and keeps its upper bits. */
    public static short of(final float value) {
        final int bits = Float.floatToRawIntBits(value);
        final int odd = bits >>> BITS & 1;
        return (short) (Float.isNaN(value) ? bits >>> BITS | QUIET : bits + BELOW_HALF + odd >>> BITS);
    }

    /** Exact. */
    public static float toFloat(final short bits) {
        return Float.intBitsToFloat(bits << BITS);
    }
}
