package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Tensor;
import dev.tern.model.Precision;
import dev.tern.model.ValueType;
import dev.tern.nn.data.Samples;
import java.lang.foreign.MemorySegment;

/** How bytes of images stand for reals: {@code byte / 255}, the same for networks of floats and of integers. */
public final class Pixels {
    /** A graph whose input has this precision takes images as they are. */
    public static final Precision PRECISION = Precision.u8(Samples.BYTE_SCALE, 0);

    private Pixels() {}

    /** {@code count} samples as an input of that type takes them: a view of the bytes as they are, or new reals. */
    public static Tensor of(final Samples samples, final int from, final int count, final ValueType type) {
        final long elements = samples.format().elements();
        if (type.sample().elements() != elements) {
            throw new IllegalArgumentException("samples: got %s, allowed: %s".formatted(samples.format(), type));
        }
        if (type.precision().equals(Precision.F32)) {
            return Tensor.of(type.shape(count), samples.reals(from, count));
        }
        if (!type.precision().equals(PRECISION) || samples.type() != DataType.U8) {
            throw new IllegalArgumentException("input: got %s of samples of %s, allowed: F32, or %s of samples of U8"
                    .formatted(type.precision(), samples.type(), PRECISION));
        }
        final MemorySegment pixels = samples.pixels().asSlice(from * elements, count * elements);
        return Tensor.wrap(pixels, DataType.U8, type.shape(count));
    }
}
