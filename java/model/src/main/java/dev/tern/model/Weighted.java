package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.Map;

/** A layer of weighted sums. In floats throughout; or from S8 or U8 by S8 weights and S32 biases to S8, U8 or F32. */
public sealed interface Weighted extends Layer permits Convolution, Linear {
    /** The name of its weights, whose outermost dimension is that of the outputs. */
    String weight();

    /** The name of its bias, one number for each output; null for none. */
    String bias();

    /** What is applied to the sums. */
    Activation activation();

    /** In which numbers the result is held. */
    Precision output();

    /** The same with another activation. */
    Weighted with(Activation other);

    /** The same sums of other parameters, to another precision. */
    Weighted with(String otherWeight, String otherBias, Precision otherOutput);

    /** What the engine is asked to compute; refuses types, shapes and scales that do not fit. */
    Operation operation(ValueType input, Map<String, Parameter> parameters);

    @Override
    default List<String> parameters() {
        return bias() == null ? List.of(weight()) : List.of(weight(), bias());
    }

    /** The weights of a layer, of so many dimensions. */
    static Tensor weights(
            final Weighted layer, final Map<String, Parameter> parameters, final int rank, final String dimensions) {
        final Tensor weights = parameters.get(layer.weight()).tensor();
        if (weights.shape().rank() != rank) {
            throw new IllegalArgumentException("weight '%s' is %s; %s wants [%s]"
                    .formatted(layer.weight(), weights.shape(), layer.kind(), dimensions));
        }
        return weights;
    }

    /** What the integers of a layer's weights stand for. */
    static Quantization quantization(final Weighted layer, final Map<String, Parameter> parameters) {
        final Quantization quantization = parameters.get(layer.weight()).quantization();
        if (quantization == null) {
            throw new IllegalArgumentException("weight '%s' has no quantization".formatted(layer.weight()));
        }
        return quantization;
    }

    /** The bias of a layer of so many outputs, S32 beside quantized inputs, else F32. */
    static Tensor bias(
            final Weighted layer, final Map<String, Parameter> parameters, final boolean quantized, final int outputs) {
        final Tensor values = parameters.get(layer.bias()).tensor();
        final DataType wanted = quantized ? DataType.S32 : DataType.F32;
        if (values.type() != wanted || !values.shape().equals(Shape.of(outputs))) {
            throw new IllegalArgumentException(
                    "bias '%s' is %s; wanted %s[%d]".formatted(layer.bias(), values, wanted, outputs));
        }
        return values;
    }
}
