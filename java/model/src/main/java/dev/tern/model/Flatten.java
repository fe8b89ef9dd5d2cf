package dev.tern.model;

import dev.tern.Shape;
import java.util.List;
import java.util.Map;

/** Each sample as one row. */
public record Flatten() implements Layer {
    @Override
    public String kind() {
        return "flatten";
    }

    @Override
    public boolean isView() {
        return true;
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.single(this, inputs);
        return new ValueType(input.precision(), Shape.of(input.sample().elements()));
    }
}
