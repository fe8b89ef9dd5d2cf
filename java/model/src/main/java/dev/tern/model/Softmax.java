package dev.tern.model;

import java.util.List;
import java.util.Map;

/** {@code exp(x[i]) / sum_j exp(x[j])} over the last dimension. */
public record Softmax() implements Layer {
    @Override
    public String kind() {
        return "softmax";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.singleFloat(this, inputs);
        if (input.sample().rank() == 0) {
            throw new IllegalArgumentException("softmax takes at least one dimension beside N, not " + input);
        }
        return input;
    }
}
