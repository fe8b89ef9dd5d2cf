package dev.tern.model;

import java.util.List;
import java.util.Map;

/** 8-bit integers to the floats that they stand for: {@code scale * (q - zeroPoint)}. */
public record Dequantize() implements Layer {
    @Override
    public String kind() {
        return "dequantize";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.single(this, inputs);
        if (!input.precision().type().isByte()) {
            throw new IllegalArgumentException("dequantize takes S8 or U8, not " + input);
        }
        return new ValueType(Precision.F32, input.sample());
    }
}
