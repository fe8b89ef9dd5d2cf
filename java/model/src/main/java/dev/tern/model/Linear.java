package dev.tern.model;

import dev.tern.DataType;
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
 * <p>In floats throughout; or from S8 or U8 by S8 weights and S32 biases to S8, U8 or F32.
 *
 * @param bias null for none
 */
public record Linear(String weight, String bias, Activation activation, Precision output) implements Layer {
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
    public List<String> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }

    public Linear with(final Activation other) {
        return new Linear(weight, bias, other, output);
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.single(this, inputs);
        if (input.sample().rank() != 1) {
            throw new IllegalArgumentException("linear takes rows, not %s; flatten it first".formatted(input));
        }
        final Gemm gemm = gemm(input, parameters); // refuses types and scales that do not fit
        gemm.checkWeights(parameters.get(weight).tensor());
        return new ValueType(output, Shape.of(gemm.n()));
    }

    /** What the engine is asked to compute. */
    Gemm gemm(final ValueType input, final Map<String, Parameter> parameters) {
        final Parameter weights = parameters.get(weight);
        if (weights.tensor().shape().rank() != 2) {
            throw new IllegalArgumentException("weight '%s' is %s; linear wants [outputs, inputs]"
                    .formatted(weight, weights.tensor().shape()));
        }
        final int n = Math.toIntExact(weights.tensor().length(0));
        final int k = Math.toIntExact(input.sample().length(0));
        final Gemm typed = Gemm.of(n, k)
                .layout(Layout.NT)
                .types(input.precision().type(), weights.tensor().type(), output.type());
        final Gemm scaled = input.precision().isQuantized() ? quantized(typed, input, weights) : typed;
        final Gemm biased =
                bias == null ? scaled : biased(scaled, parameters.get(bias).tensor());
        return activation == Activation.RELU ? biased.relu() : biased;
    }

    private Gemm quantized(final Gemm gemm, final ValueType input, final Parameter weights) {
        if (weights.quantization() == null) {
            throw new IllegalArgumentException("weight '%s' has no quantization".formatted(weight));
        }
        final Quantization from = input.precision().quantization();
        return output.isQuantized()
                ? gemm.quantization(from, weights.quantization(), output.quantization())
                : gemm.quantization(from, weights.quantization());
    }

    private Gemm biased(final Gemm gemm, final Tensor values) {
        final DataType wanted = gemm.isQuantized() ? DataType.S32 : DataType.F32;
        if (values.type() != wanted || !values.shape().equals(Shape.of(gemm.n()))) {
            throw new IllegalArgumentException(
                    "bias '%s' is %s; wanted %s[%d]".formatted(bias, values, wanted, gemm.n()));
        }
        return gemm.isQuantized() ? gemm.bias(values.toInts()) : gemm.bias(values.toFloats());
    }
}
