package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Reorder;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Weighted sums of signs: {@code y[o] = alpha[o] * sum of sign(x) * sign(weight[o])} with {@code alpha[o]} the mean of
 * {@code |weight[o]|} and the sign of 0 being 1. The graph keeps weights of floats, which training moves; what runs is
 * one bit for each.
 *
 * <p>Source: Rastegari et al., XNOR-Net (2016), without the scales of activations: a normalization before this layer
 * does their work, and one after it that of a bias.
 *
 * @param sums in floats, without a bias
 */
public record Binarized(Weighted sums) implements Layer {
    private static final float LEAST_SCALE = 1e-20f;

    public Binarized {
        Objects.requireNonNull(sums, "sums");
        if (sums.bias() != null || !sums.output().equals(Precision.F32)) {
            throw new IllegalArgumentException("sums: got %s, allowed: to F32, without a bias".formatted(sums));
        }
    }

    @Override
    public String kind() {
        return "binarized";
    }

    @Override
    public List<String> parameters() {
        return sums.parameters();
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        Layer.singleFloat(this, inputs);
        return sums.infer(inputs, parameters);
    }

    /** What the engine is asked to compute, of signs on both sides. */
    public Operation operation(final ValueType input, final Map<String, Parameter> parameters) {
        final Quantization one = Quantization.symmetric(1);
        final Tensor weights = parameters.get(sums.weight()).tensor();
        final float[] scales = new float[Math.toIntExact(weights.length(0))];
        scales(weights.toFloats(), scales);
        final Quantization alpha = Quantization.perChannel(scales);
        return switch (sums) {
            case Linear linear ->
                linear.operation(input, parameters)
                        .types(DataType.B1, DataType.B1, DataType.F32)
                        .quantization(one, alpha);
            case Convolution conv ->
                conv.operation(input, parameters)
                        .types(DataType.B1, DataType.B1, DataType.F32)
                        .quantization(one, alpha);
        };
    }

    /** What makes signs of the input, row by row or position by position. */
    public Reorder signs(final ValueType input) {
        final Shape sample = input.sample();
        final Reorder reals = sample.rank() == 3
                ? Reorder.of((int) sample.length(0), (int) sample.length(1), (int) sample.length(2))
                : Reorder.rows((int) sample.elements());
        return reals.types(DataType.F32, DataType.B1);
    }

    /** Alpha of each output; where all its weights are 0, next to nothing. */
    public static void scales(final float[] weights, final float[] alpha) {
        final int terms = weights.length / Math.max(1, alpha.length);
        for (int output = 0; output < alpha.length; output++) {
            double sum = 0;
            for (int i = output * terms; i < (output + 1) * terms; i++) {
                sum += Math.abs(weights[i]);
            }
            alpha[output] = Math.max((float) (sum / terms), LEAST_SCALE);
        }
    }

    /** The weights as one bit each. */
    static Tensor bits(final Tensor weights) {
        final float[] values = weights.toFloats();
        final int[] signs = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            signs[i] = values[i] >= 0 ? 1 : -1;
        }
        return Tensor.integers(DataType.B1, weights.shape(), signs);
    }
}
