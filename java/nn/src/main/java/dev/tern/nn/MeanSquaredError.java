package dev.tern.nn;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The mean, over all elements, of {@code (y - target)^2}. */
public record MeanSquaredError() implements Loss {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public double evaluate(final Tensor y, final Tensor target, final Tensor gradient) {
        return mean(y, target, gradient.segment());
    }

    @Override
    public double evaluate(final Tensor y, final Tensor target) {
        return mean(y, target, null);
    }

    private static double mean(final Tensor y, final Tensor target, final MemorySegment gradient) {
        if (target.type() != y.type() || !target.shape().equals(y.shape())) {
            throw new IllegalArgumentException("target: got " + target + ", allowed: " + y.type() + y.shape());
        }
        final MemorySegment values = y.segment();
        final MemorySegment wanted = target.segment();
        final long elements = y.shape().elements();
        double sum = 0;
        for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
            final float difference = values.get(F32, at) - wanted.get(F32, at);
            sum += (double) difference * difference;
            if (gradient != null) {
                gradient.set(F32, at, 2 * difference / elements);
            }
        }
        return sum / elements;
    }
}
