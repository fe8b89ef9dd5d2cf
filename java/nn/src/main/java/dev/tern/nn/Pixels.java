package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Tensor;
import dev.tern.model.Precision;
import dev.tern.model.ValueType;
import dev.tern.nn.data.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How bytes of images stand for reals: {@code byte / 255}, the same for networks of floats and of integers. */
public final class Pixels {
    private static final float SCALE = 1 / 255f;

    /** A graph whose input has this precision takes images as they are. */
    public static final Precision PRECISION = Precision.u8(SCALE, 0);

    private Pixels() {}

    /** {@code count} images as an input of that type takes them: a view of the bytes as they are, or new reals. */
    public static Tensor of(final Samples samples, final int from, final int count, final ValueType type) {
        final long bytes = samples.format().elements();
        if (type.sample().elements() != bytes) {
            throw new IllegalArgumentException("samples: got %s, allowed: %s".formatted(samples.format(), type));
        }
        final MemorySegment pixels = samples.pixels().asSlice(from * bytes, count * bytes);
        if (type.precision().equals(PRECISION)) {
            return Tensor.wrap(pixels, DataType.U8, type.shape(count));
        }
        if (!type.precision().equals(Precision.F32)) {
            throw new IllegalArgumentException(
                    "input: got %s, allowed: F32 or %s".formatted(type.precision(), PRECISION));
        }
        final float[] reals = new float[Math.toIntExact(pixels.byteSize())];
        toFloats(pixels.toArray(ValueLayout.JAVA_BYTE), reals, reals.length);
        return Tensor.of(type.shape(count), reals);
    }

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
