package dev.tern.nn;

import dev.tern.model.Precision;

/** How bytes of images stand for reals: {@code byte / 255}, the same for networks of floats and of integers. */
public final class Pixels {
    private static final float SCALE = 1 / 255f;

    /** A graph whose input has this precision takes images as they are. */
    public static final Precision PRECISION = Precision.u8(SCALE, 0);

    private Pixels() {}

    /**
     * {@code to[i] = from[i] / 255}, with the first {@code length} bytes of {@code from} used up. There is vector code
     * for signed bytes, not for unsigned ones: the top bit is flipped, which takes 128 away, and 128 is given back.
     */
    static void toFloats(final byte[] from, final float[] to, final int length) {
        for (int i = 0; i < length; i++) {
            from[i] = (byte) (from[i] ^ 0x80);
        }
        for (int i = 0; i < length; i++) {
            to[i] = (from[i] + 128f) * SCALE;
        }
    }
}
