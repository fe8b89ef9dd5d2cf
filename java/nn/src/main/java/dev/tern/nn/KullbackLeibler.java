package dev.tern.nn;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How far a pupil's distribution is from its teacher's, {@code T^2 * sum_i p[i] * log(p[i] / q[i])} with {@code p =
 * softmax(target / T)} and {@code q = softmax(y / T)}, both given as logits [N, classes]. The factor T^2 keeps the
 * gradient's size the same for any temperature.
 *
 * <p>Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015).
 */
public record KullbackLeibler(double temperature) implements Loss {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public KullbackLeibler {
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature: got " + temperature + ", allowed: above 0, finite");
        }
    }

    @Override
    public double evaluate(final Tensor y, final Tensor target, final Tensor gradient) {
        return mean(y, target, gradient.segment());
    }

    @Override
    public double evaluate(final Tensor y, final Tensor target) {
        return mean(y, target, null);
    }

    private double mean(final Tensor y, final Tensor target, final MemorySegment gradient) {
        if (target.type() != y.type() || !target.shape().equals(y.shape())) {
            throw new IllegalArgumentException("target: got " + target + ", allowed: " + y.type() + y.shape());
        }
        final int classes = Math.toIntExact(y.length(1));
        final long batch = y.length(0);
        double sum = 0;
        for (long row = 0; row < batch; row++) {
            sum += row(y.segment(), target.segment(), gradient, row * classes, classes, batch);
        }
        return batch == 0 ? 0 : sum / batch;
    }

    private double row(
            final MemorySegment y,
            final MemorySegment target,
            final MemorySegment gradient,
            final long first,
            final int classes,
            final long batch) {
        final double pupil = logSum(y, first, classes);
        final double teacher = logSum(target, first, classes);
        double divergence = 0;
        for (long at = first; at < first + classes; at++) {
            final double logQ = y.getAtIndex(F32, at) / temperature - pupil;
            final double logP = target.getAtIndex(F32, at) / temperature - teacher;
            final double p = Math.exp(logP);
            divergence += p * (logP - logQ);
            if (gradient != null) {
                gradient.setAtIndex(F32, at, (float) (temperature * (Math.exp(logQ) - p) / batch));
            }
        }
        return temperature * temperature * divergence;
    }

    /** {@code log(sum of exp(logit / T))}, the maximum taken out first. */
    private double logSum(final MemorySegment logits, final long first, final int classes) {
        double max = Double.NEGATIVE_INFINITY;
        for (long at = first; at < first + classes; at++) {
            max = Math.max(max, logits.getAtIndex(F32, at) / temperature);
        }
        double sum = 0;
        for (long at = first; at < first + classes; at++) {
            sum += Math.exp(logits.getAtIndex(F32, at) / temperature - max);
        }
        return max + Math.log(sum);
    }
}
