package dev.tern.model;

import dev.tern.Conv2d;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A {@link Conv2d} of images [height, width, channels], with weight as [filters, kernelHeight, kernelWidth, channels of
 * a group].
 *
 * @param bias null for none
 */
public record Convolution(
        String weight, String bias, Window window, int groups, Activation activation, Precision output)
        implements Weighted {
    public Convolution {
        Objects.requireNonNull(weight, "weight");
        Objects.requireNonNull(window, "window");
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(output, "output");
    }

    @Override
    public String kind() {
        return "conv2d";
    }

    @Override
    public Convolution with(final Activation other) {
        return new Convolution(weight, bias, window, groups, other, output);
    }

    @Override
    public Convolution with(final String otherWeight, final String otherBias, final Precision otherOutput) {
        return new Convolution(otherWeight, otherBias, window, groups, activation, otherOutput);
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final Conv2d conv = operation(Layer.single(this, inputs), parameters);
        conv.checkWeights(parameters.get(weight).tensor());
        return new ValueType(output, Shape.of(conv.outputHeight(), conv.outputWidth(), conv.filters()));
    }

    @Override
    public Conv2d operation(final ValueType input, final Map<String, Parameter> parameters) {
        final Tensor weights = Weighted.weights(this, parameters, 4, "filters, kernelHeight, kernelWidth, channels");
        final ImageSize image = ImageSize.of(this, input);
        final Conv2d typed = Conv2d.of(
                        image.height(), image.width(), image.channels(), Math.toIntExact(weights.length(0)), window)
                .groups(groups)
                .types(input.precision().type(), weights.type(), output.type());
        final Conv2d scaled = input.precision().isQuantized() ? quantized(typed, input, parameters) : typed;
        final Conv2d biased = bias == null ? scaled : biased(scaled, parameters);
        return activation == Activation.RELU ? biased.relu() : biased;
    }

    private Conv2d quantized(final Conv2d conv, final ValueType input, final Map<String, Parameter> parameters) {
        final Quantization from = input.precision().quantization();
        final Quantization weights = Weighted.quantization(this, parameters);
        return output.isQuantized()
                ? conv.quantization(from, weights, output.quantization())
                : conv.quantization(from, weights);
    }

    private Conv2d biased(final Conv2d conv, final Map<String, Parameter> parameters) {
        final Tensor values = Weighted.bias(this, parameters, conv.isQuantized(), conv.filters());
        return conv.isQuantized() ? conv.bias(values.toInts()) : conv.bias(values.toFloats());
    }
}
