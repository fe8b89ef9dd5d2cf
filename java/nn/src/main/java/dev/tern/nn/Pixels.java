package dev.tern.nn;

import dev.tern.model.Precision;

/** How bytes of images stand for reals: {@code byte / 255}, the same for networks of floats and of integers. */
public final class Pixels {
    private static final float SCALE = 1 / 255f;

    /** A graph whose input has this precision takes images as they are. */
    public static final Precision PRECISION = Precision.u8(SCALE, 0);

    private static final float[] REALS = reals();

    private Pixels() {}

    private static float[] reals() {
        final float[] reals = new float[256];
        for (int pixel = 0; pixel < reals.length; pixel++) {
            reals[pixel] = PRECISION.quantization().dequantize(pixel, 0);
        }
        return reals;
    }

    /** {@code to[i] = from[i] / 255}. */
    static void toFloats(final byte[] from, final float[] to, final int length) {
        final float[] reals = REALS;
        for (int i = 0; i < length; i++) {
            to[i] = reals[from[i] & 0xff];
        }
    }
}
