package dev.tern.model;

import java.util.List;
import java.util.Map;

/** {@code max(x, 0)}. */
public record Relu() implements Layer {
    @Override
    public String kind() {
        return "relu";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        return Layer.singleFloat(this, inputs);
    }
}
