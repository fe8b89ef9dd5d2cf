package dev.tern.model;

import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code y = activation(x * weight^T + bias)}, with weight as [outputs, inputs].
 *
 * @param bias null for none
 */
public record Linear(String weight, String bias, Activation activation, Precision output) implements Weighted {
    public Linear {
        Objects.requireNonNull(weight, "weight");
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(output, "output");
    }

    @Override
    public String kind() {
        return "linear";
    }

    @Override
    public Linear with(final Activation other) {
        return new Linear(weight, bias, other, output);
    }

    @Override
    public Linear with(final String otherWeight, final String otherBias, final Precision otherOutput) {
        return new Linear(otherWeight, otherBias, activation, otherOutput);
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.single(this, inputs);
        if (input.sample().rank() != 1) {
            throw new IllegalArgumentException("linear takes rows, not %s; flatten it first".formatted(input));
        }
        final Gemm gemm = operation(input, parameters);
        gemm.checkWeights(parameters.get(weight).tensor());
        return new ValueType(output, Shape.of(gemm.n()));
    }

    @Override
    public Gemm operation(final ValueType input, final Map<String, Parameter> parameters) {
        final Tensor weights = Weighted.weights(this, parameters, 2, "outputs, inputs");
        final int n = Math.toIntExact(weights.length(0));
        final int k = Math.toIntExact(input.sample().length(0));
        final Gemm typed =
                Gemm.of(n, k).layout(Layout.NT).types(input.precision().type(), weights.type(), output.type());
        final Gemm scaled = input.precision().isQuantized() ? quantized(typed, input, parameters) : typed;
        final Gemm biased = bias == null ? scaled : biased(scaled, parameters);
        return activation == Activation.RELU ? biased.relu() : biased;
    }

    private Gemm quantized(final Gemm gemm, final ValueType input, final Map<String, Parameter> parameters) {
        final Quantization from = input.precision().quantization();
        final Quantization weights = Weighted.quantization(this, parameters);
        return output.isQuantized()
                ? gemm.quantization(from, weights, output.quantization())
                : gemm.quantization(from, weights);
    }

    private Gemm biased(final Gemm gemm, final Map<String, Parameter> parameters) {
        final Tensor values = Weighted.bias(this, parameters, gemm.isQuantized(), gemm.n());
        return gemm.isQuantized() ? gemm.bias(values.toInts()) : gemm.bias(values.toFloats());
    }
}
