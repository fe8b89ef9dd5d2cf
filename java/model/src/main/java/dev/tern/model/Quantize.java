package dev.tern.model;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Floats to 8-bit integers: {@code clamp(rint(x / scale) + zeroPoint)}. */
public record Quantize(Precision output) implements Layer {
    public Quantize {
        Objects.requireNonNull(output, "output");
        if (!output.type().isByte()) {
            throw new IllegalArgumentException("quantize makes S8 or U8, not " + output);
        }
    }

    @Override
    public String kind() {
        return "quantize";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        return new ValueType(output, Layer.singleFloat(this, inputs).sample());
    }
}
