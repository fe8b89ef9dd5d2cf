package dev.tern.model;

import dev.tern.Shape;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What flows along an edge: numbers of one precision, for a batch of N samples. N is symbolic and always the first
 * dimension.
 *
 * @param sample the shape of one sample, N left out
 */
public record ValueType(Precision precision, Shape sample) {
    public ValueType {
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(sample, "sample");
        if (precision.isQuantized() && precision.quantization().isPerChannel()) {
            throw new IllegalArgumentException("values have one scale for the tensor, not one for each channel");
        }
    }

    public static ValueType f32(final long... sample) {
        return new ValueType(Precision.F32, Shape.of(sample));
    }

    /** The whole shape for a batch. */
    public Shape shape(final long batch) {
        final long[] sizes = sample.lengths();
        final long[] all = new long[sizes.length + 1];
        all[0] = batch;
        System.arraycopy(sizes, 0, all, 1, sizes.length);
        return Shape.of(all);
    }

    public long bytes(final long batch) {
        return precision.type().bytes(Math.multiplyExact(batch, sample.elements()));
    }

    @Override
    public String toString() {
        final String sizes =
                Arrays.stream(sample.lengths()).mapToObj(size -> ", " + size).collect(Collectors.joining());
        return precision + "[N" + sizes + "]";
    }
}
