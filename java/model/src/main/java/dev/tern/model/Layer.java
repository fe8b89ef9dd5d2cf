package dev.tern.model;

import java.util.List;
import java.util.Map;

/** An operation of the graph, as data. Whoever adds one is led by the compiler to each place that must know it. */
public sealed interface Layer
        permits BatchNorm,
                Binarized,
                Dequantize,
                Dropout,
                Flatten,
                LastStep,
                LstmLayer,
                Pooling,
                Quantize,
                Relu,
                Softmax,
                Weighted {
    /** Its name on disk and in reports. */
    String kind();

    /** Names of the parameters that it reads. */
    default List<String> parameters() {
        return List.of();
    }

    /** Those of them that training observes rather than learns. */
    default List<String> statistics() {
        return List.of();
    }

    /** Whether, outside of training, its value is the memory of its input under another name or shape. */
    default boolean isView() {
        return false;
    }

    /** The type of the value that it makes; refuses inputs and parameters that do not fit. */
    ValueType infer(List<ValueType> inputs, Map<String, Parameter> parameters);

    /** The one input of a layer that takes one. */
    static ValueType single(final Layer layer, final List<ValueType> inputs) {
        if (inputs.size() != 1) {
            throw new IllegalArgumentException("%s takes 1 input, not %d".formatted(layer.kind(), inputs.size()));
        }
        return inputs.getFirst();
    }

    /** The one input of a layer that computes in floats. */
    static ValueType singleFloat(final Layer layer, final List<ValueType> inputs) {
        final ValueType input = single(layer, inputs);
        if (!input.precision().equals(Precision.F32)) {
            throw new IllegalArgumentException("%s takes F32, not %s".formatted(layer.kind(), input));
        }
        return input;
    }
}
