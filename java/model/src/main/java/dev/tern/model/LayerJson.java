package dev.tern.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tern.Pool2d;
import dev.tern.Window;

/** Layers in JSON: what a node has beside its name and inputs. */
final class LayerJson {
    private LayerJson() {}

    static void write(final ObjectNode json, final Layer layer) {
        switch (layer) {
            case Linear linear -> writeWeighted(json, linear);
            case Convolution conv -> {
                writeWeighted(json, conv);
                json.put("groups", conv.groups());
                writeWindow(json, conv.window());
            }
            case Pooling pooling -> {
                json.put("countsPadding", pooling.countsPadding());
                writeWindow(json, pooling.window());
            }
            case BatchNorm norm -> {
                json.put("scale", norm.scale()).put("shift", norm.shift());
                json.put("mean", norm.mean()).put("variance", norm.variance());
                json.put("epsilon", norm.epsilon()).put("momentum", norm.momentum());
            }
            case Binarized binarized ->
                write(json.putObject("sums").put("layer", binarized.sums().kind()), binarized.sums());
            case LstmLayer lstm -> json.put("weight", lstm.weight()).put("bias", lstm.bias());
            case Dropout dropout -> json.put("rate", dropout.rate());
            case Quantize quantize -> PrecisionJson.write(json.putObject("output"), quantize.output());
            case Dequantize _, Flatten _, LastStep _, Relu _, Softmax _ -> {} // nothing but their inputs
        }
    }

    private static void writeWeighted(final ObjectNode json, final Weighted sums) {
        json.put("weight", sums.weight()).put("bias", sums.bias());
        json.put("activation", sums.activation().name());
        PrecisionJson.write(json.putObject("output"), sums.output());
    }

    /** Height before width; padding as top, left, bottom, right. */
    private static void writeWindow(final ObjectNode json, final Window window) {
        json.putArray("kernel").add(window.kernelHeight()).add(window.kernelWidth());
        json.putArray("stride").add(window.strideHeight()).add(window.strideWidth());
        json.putArray("dilation").add(window.dilationHeight()).add(window.dilationWidth());
        final ArrayNode padding = json.putArray("padding");
        padding.add(window.top()).add(window.left()).add(window.bottom()).add(window.right());
    }

    static Layer read(final JsonNode json) {
        final String kind = JsonFields.text(json, "layer");
        return switch (kind) {
            case "linear" ->
                new Linear(
                        JsonFields.text(json, "weight"),
                        bias(json),
                        activation(json),
                        PrecisionJson.read(JsonFields.required(json, "output")));
            case "conv2d" ->
                new Convolution(
                        JsonFields.text(json, "weight"),
                        bias(json),
                        readWindow(json),
                        JsonFields.required(json, "groups").intValue(),
                        activation(json),
                        PrecisionJson.read(JsonFields.required(json, "output")));
            case "max_pool" -> readPooling(json, Pool2d.Mode.MAX);
            case "average_pool" -> readPooling(json, Pool2d.Mode.AVERAGE);
            case "batch_norm" ->
                new BatchNorm(
                        JsonFields.text(json, "scale"),
                        JsonFields.text(json, "shift"),
                        JsonFields.text(json, "mean"),
                        JsonFields.text(json, "variance"),
                        JsonFields.real(json, "epsilon"),
                        JsonFields.real(json, "momentum"));
            case "binarized" -> new Binarized(readSums(JsonFields.required(json, "sums")));
            case "lstm" -> new LstmLayer(JsonFields.text(json, "weight"), JsonFields.text(json, "bias"));
            case "last_step" -> new LastStep();
            case "dropout" -> new Dropout(JsonFields.real(json, "rate"));
            case "quantize" -> new Quantize(PrecisionJson.read(JsonFields.required(json, "output")));
            case "dequantize" -> new Dequantize();
            case "flatten" -> new Flatten();
            case "relu" -> new Relu();
            case "softmax" -> new Softmax();
            default -> throw new IllegalArgumentException("layer '%s' is not known".formatted(kind));
        };
    }

    private static Weighted readSums(final JsonNode json) {
        if (read(json) instanceof final Weighted sums) {
            return sums;
        }
        throw new IllegalArgumentException("sums: got %s, allowed: linear, conv2d".formatted(json.get("layer")));
    }

    private static String bias(final JsonNode json) {
        return json.path("bias").isTextual() ? json.path("bias").asText() : null;
    }

    private static Activation activation(final JsonNode json) {
        return Activation.valueOf(JsonFields.text(json, "activation"));
    }

    private static Pooling readPooling(final JsonNode json, final Pool2d.Mode mode) {
        return new Pooling(
                mode,
                readWindow(json),
                JsonFields.required(json, "countsPadding").booleanValue());
    }

    private static Window readWindow(final JsonNode json) {
        final int[] kernel = JsonFields.integers(json, "kernel", 2);
        final int[] stride = JsonFields.integers(json, "stride", 2);
        final int[] dilation = JsonFields.integers(json, "dilation", 2);
        final int[] padding = JsonFields.integers(json, "padding", 4);
        return Window.of(kernel[0], kernel[1])
                .stride(stride[0], stride[1])
                .dilation(dilation[0], dilation[1])
                .padding(padding[0], padding[1], padding[2], padding[3]);
    }
}
