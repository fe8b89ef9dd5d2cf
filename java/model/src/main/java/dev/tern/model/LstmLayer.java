package dev.tern.model;

import dev.tern.Lstm;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An {@link Lstm} over the steps of each sample, [steps, inputs] to [steps, hidden], from a state of zeros. In floats.
 *
 * @param weight [4 * hidden, inputs + hidden], for x and h side by side, gates in the order of {@link Lstm}
 * @param bias [4 * hidden]
 */
public record LstmLayer(String weight, String bias) implements Layer {
    public LstmLayer {
        Objects.requireNonNull(weight, "weight");
        Objects.requireNonNull(bias, "bias");
    }

    @Override
    public String kind() {
        return "lstm";
    }

    @Override
    public List<String> parameters() {
        return List.of(weight, bias);
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.singleFloat(this, inputs);
        if (input.sample().rank() != 2) {
            throw new IllegalArgumentException("lstm takes sequences [N, steps, inputs], not " + input);
        }
        final Lstm lstm = operation(input, parameters);
        lstm.checkWeights(parameters.get(weight).tensor());
        return ValueType.f32(input.sample().length(0), lstm.hidden());
    }

    /** What the engine is asked to compute, its steps outermost. */
    public Lstm operation(final ValueType input, final Map<String, Parameter> parameters) {
        final Tensor values = parameters.get(bias).tensor();
        final Shape shape = values.shape();
        if (shape.rank() != 1 || shape.length(0) == 0 || shape.length(0) % 4 != 0) {
            throw new IllegalArgumentException("bias '%s' is %s; wanted F32[4 * hidden]".formatted(bias, values));
        }
        final int hidden = Math.toIntExact(shape.length(0) / 4);
        return Lstm.of(Math.toIntExact(input.sample().length(1)), hidden).bias(values.toFloats());
    }
}
