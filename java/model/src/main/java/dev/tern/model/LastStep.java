package dev.tern.model;

import dev.tern.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Of each sample of several steps the last one: [steps, …] to […]. */
public record LastStep() implements Layer {
    @Override
    public String kind() {
        return "last_step";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.singleFloat(this, inputs);
        final long[] sizes = input.sample().lengths();
        if (sizes.length == 0 || sizes[0] == 0) {
            throw new IllegalArgumentException("last_step takes at least one step, not " + input);
        }
        return new ValueType(input.precision(), Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length)));
    }
}
