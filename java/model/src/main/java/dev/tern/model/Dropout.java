package dev.tern.model;

import java.util.List;
import java.util.Map;

/**
 * In training each element becomes 0 with probability {@code rate}, and what stays is divided by {@code 1 - rate};
 * anywhere else the value itself.
 *
 * <p>Source: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting (2014), scaled in
 * training as is usual now.
 */
public record Dropout(float rate) implements Layer {
    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("rate: got " + rate + ", allowed: 0 up to, not including, 1");
        }
    }

    @Override
    public String kind() {
        return "dropout";
    }

    @Override
    public boolean isView() {
        return true;
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        return Layer.singleFloat(this, inputs);
    }
}
