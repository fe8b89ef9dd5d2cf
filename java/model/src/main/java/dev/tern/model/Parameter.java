package dev.tern.model;

import dev.tern.Quantization;
import dev.tern.Tensor;
import java.util.Objects;

/**
 * A named tensor that belongs to a model. Nobody writes to it once a graph holds it.
 *
 * @param quantization what quantized weights stand for, per tensor or per output channel; null for floats, and for S32
 *     biases, whose scale follows from their layer's input and weights
 */
public record Parameter(String name, Tensor tensor, Quantization quantization) {
    public Parameter {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(tensor, "tensor");
        if (quantization != null && !tensor.type().isInteger()) {
            throw new IllegalArgumentException("%s: %s with a quantization".formatted(name, tensor.type()));
        }
    }

    public static Parameter of(final String name, final Tensor tensor) {
        return new Parameter(name, tensor, null);
    }

    public long bytes() {
        return tensor.type().bytes(tensor.shape().elements());
    }
}
