package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code -log softmax(y)[label]}, with y as logits [N, classes] and labels as S32 [N]. */
public record SoftmaxCrossEntropy() implements Loss {
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
        if (target.type() != DataType.S32 || target.length(0) != y.length(0)) {
            throw new IllegalArgumentException("target: got " + target + ", allowed: S32[" + y.length(0) + "]");
        }
        final long batch = y.length(0);
        final int classes = Math.toIntExact(y.length(1));
        double sum = 0;
        for (long row = 0; row < batch; row++) {
            final int label = target.integerAt(row);
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label: got " + label + ", allowed: 0 to " + (classes - 1));
            }
            sum += row(y.segment(), gradient, row * classes * Float.BYTES, classes, label, 1f / batch);
        }
        return sum / batch;
    }

    /**
     * The loss is {@code log(sum exp(y - max)) - (y[label] - max)}, its gradient {@code softmax(y) - oneHot(label)}.
     */
    private static double row(
            final MemorySegment y,
            final MemorySegment gradient,
            final long row,
            final int classes,
            final int label,
            final float share) {
        final float max = max(y, row, classes);
        double sum = 0;
        for (int i = 0; i < classes; i++) {
            final long at = row + (long) i * Float.BYTES;
            final double exponential = Math.exp(y.get(F32, at) - max);
            sum += exponential;
            if (gradient != null) {
                gradient.set(F32, at, (float) exponential);
            }
        }
        if (gradient != null) {
            for (int i = 0; i < classes; i++) {
                final long at = row + (long) i * Float.BYTES;
                final double probability = gradient.get(F32, at) / sum;
                gradient.set(F32, at, (float) (probability - (i == label ? 1 : 0)) * share);
            }
        }
        return Math.log(sum) - (y.get(F32, row + (long) label * Float.BYTES) - max);
    }

    private static float max(final MemorySegment y, final long row, final int classes) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < classes; i++) {
            max = Math.max(max, y.get(F32, row + (long) i * Float.BYTES));
        }
        return max;
    }
}
