package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code y = (x - mean) / sqrt(variance + epsilon) * scale + shift} for each channel, which is the last dimension. In
 * training mean and variance are the batch's, and those that the graph keeps move towards them: {@code kept += momentum
 * * (batch's - kept)}, the variance of the batch being the unbiased one.
 *
 * <p>Source: Ioffe and Szegedy, Batch Normalization (2015).
 *
 * @param scale names of parameters of one number for each channel, like {@code shift}, {@code mean}, {@code variance}
 * @param momentum the share of a batch in the kept statistics
 */
public record BatchNorm(String scale, String shift, String mean, String variance, float epsilon, float momentum)
        implements Layer {
    public BatchNorm {
        Objects.requireNonNull(scale, "scale");
        Objects.requireNonNull(shift, "shift");
        Objects.requireNonNull(mean, "mean");
        Objects.requireNonNull(variance, "variance");
        requireShare("epsilon", epsilon);
        requireShare("momentum", momentum);
    }

    private static void requireShare(final String what, final float value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException(what + ": got " + value + ", allowed: above 0, at most 1");
        }
    }

    @Override
    public String kind() {
        return "batch_norm";
    }

    @Override
    public List<String> parameters() {
        return List.of(scale, shift, mean, variance);
    }

    @Override
    public List<String> statistics() {
        return List.of(mean, variance);
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.singleFloat(this, inputs);
        if (input.sample().rank() == 0) {
            throw new IllegalArgumentException("batch_norm takes at least one dimension beside N, not " + input);
        }
        final Shape wanted = Shape.of(channels(input));
        for (final String name : parameters()) {
            final Tensor tensor = parameters.get(name).tensor();
            if (tensor.type() != DataType.F32 || !tensor.shape().equals(wanted)) {
                throw new IllegalArgumentException("'%s' is %s; wanted F32%s".formatted(name, tensor, wanted));
            }
        }
        return input;
    }

    /** Of each value that it normalizes. */
    public static int channels(final ValueType input) {
        return Math.toIntExact(input.sample().length(input.sample().rank() - 1));
    }

    /** {@code scale / sqrt(variance + epsilon)} of each channel: what x is multiplied by outside of training. */
    public float[] factors(final Map<String, Parameter> parameters) {
        final float[] factors = parameters.get(scale).tensor().toFloats();
        final float[] variances = parameters.get(variance).tensor().toFloats();
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) (factors[i] / Math.sqrt((double) variances[i] + epsilon));
        }
        return factors;
    }

    /** {@code shift - mean * factor} of each channel: what is then added. */
    public float[] offsets(final Map<String, Parameter> parameters) {
        final float[] factors = factors(parameters);
        final float[] offsets = parameters.get(shift).tensor().toFloats();
        final float[] means = parameters.get(mean).tensor().toFloats();
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = (float) (offsets[i] - (double) means[i] * factors[i]);
        }
        return offsets;
    }
}
