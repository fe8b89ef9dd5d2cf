package dev.tern.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/** The description of a graph in JSON: everything but the elements of its tensors. */
final class GraphJson {
    private static final String FORMAT = "tern.graph/1";
    /** Decimal numbers are read as decimals, so that a float written in its shortest form comes back bit for bit. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private GraphJson() {}

    static String write(final Graph graph) {
        final ObjectNode json = JSON.createObjectNode().put("format", FORMAT).put("name", graph.name());
        final ArrayNode inputs = json.putArray("inputs");
        graph.inputs().forEach((name, type) -> {
            final ObjectNode input = inputs.addObject().put("name", name);
            writePrecision(input, type.precision());
            Arrays.stream(type.sample().lengths()).forEach(input.putArray("shape")::add);
        });
        final ArrayNode nodes = json.putArray("nodes");
        graph.nodes().forEach(node -> writeNode(nodes.addObject(), node));
        graph.outputs().forEach(json.putArray("outputs")::add);
        final ObjectNode quantizations = json.putObject("quantizations");
        graph.parameters().values().stream()
                .filter(parameter -> parameter.quantization() != null)
                .forEach(p -> writeQuantization(quantizations.putObject(p.name()), p.quantization()));
        final ObjectNode metadata = json.putObject("metadata");
        graph.metadata().forEach(metadata::put);
        return json.toString();
    }

    private static void writeNode(final ObjectNode json, final Node node) {
        json.put("name", node.name()).put("layer", node.layer().kind());
        node.inputs().forEach(json.putArray("inputs")::add);
        switch (node.layer()) {
            case Linear linear -> {
                json.put("weight", linear.weight()).put("bias", linear.bias());
                json.put("activation", linear.activation().name());
                writePrecision(json.putObject("output"), linear.output());
            }
            case Quantize quantize -> writePrecision(json.putObject("output"), quantize.output());
            case Dequantize _, Flatten _, Relu _, Softmax _ -> {} // nothing but their inputs
        }
    }

    private static void writePrecision(final ObjectNode json, final Precision precision) {
        json.put("type", precision.type().name());
        if (precision.isQuantized()) {
            writeQuantization(json.putObject("quantization"), precision.quantization());
        }
    }

    private static void writeQuantization(final ObjectNode json, final Quantization quantization) {
        final ArrayNode scales = json.putArray("scales");
        final ArrayNode zeroPoints = json.putArray("zeroPoints");
        for (int channel = 0; channel < quantization.channels(); channel++) {
            scales.add(quantization.scale(channel));
            zeroPoints.add(quantization.zeroPoint(channel));
        }
    }

    /** Refuses, as an {@link IllegalArgumentException}, what is no graph with these tensors. */
    static Graph read(final String text, final Map<String, Tensor> tensors) {
        final JsonNode json = parse(text);
        if (!json.path("format").asText().equals(FORMAT)) {
            throw new IllegalArgumentException("format %s; read is %s".formatted(json.path("format"), FORMAT));
        }
        final GraphBuilder builder = Graph.builder(required(json, "name").asText());
        for (final JsonNode input : required(json, "inputs")) {
            builder.input(
                    required(input, "name").asText(),
                    new ValueType(readPrecision(input), readShape(required(input, "shape"))));
        }
        tensors.forEach((name, tensor) -> {
            final JsonNode quantization = json.path("quantizations").path(name);
            builder.parameter(
                    new Parameter(name, tensor, quantization.isMissingNode() ? null : readQuantization(quantization)));
        });
        required(json, "nodes").forEach(node -> builder.node(readNode(node)));
        json.path("metadata")
                .properties()
                .forEach(word -> builder.metadata(word.getKey(), word.getValue().asText()));
        return builder.outputs(strings(required(json, "outputs"))).build();
    }

    private static JsonNode parse(final String text) {
        try {
            return JSON.readTree(text);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Node readNode(final JsonNode json) {
        return new Node(required(json, "name").asText(), readLayer(json), strings(required(json, "inputs")));
    }

    private static Layer readLayer(final JsonNode json) {
        final String kind = required(json, "layer").asText();
        return switch (kind) {
            case "linear" ->
                new Linear(
                        required(json, "weight").asText(),
                        json.path("bias").isTextual() ? json.path("bias").asText() : null,
                        Activation.valueOf(required(json, "activation").asText()),
                        readPrecision(required(json, "output")));
            case "quantize" -> new Quantize(readPrecision(required(json, "output")));
            case "dequantize" -> new Dequantize();
            case "flatten" -> new Flatten();
            case "relu" -> new Relu();
            case "softmax" -> new Softmax();
            default -> throw new IllegalArgumentException("layer '%s' is not known".formatted(kind));
        };
    }

    private static Precision readPrecision(final JsonNode json) {
        final DataType type = DataType.valueOf(required(json, "type").asText());
        final JsonNode quantization = json.path("quantization");
        return new Precision(type, quantization.isMissingNode() ? null : readQuantization(quantization));
    }

    private static Quantization readQuantization(final JsonNode json) {
        final JsonNode scales = required(json, "scales");
        final JsonNode zeros = required(json, "zeroPoints");
        final float[] scale = new float[scales.size()];
        final int[] zeroPoint = new int[zeros.size()];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = scales.get(i).decimalValue().floatValue();
        }
        for (int i = 0; i < zeroPoint.length; i++) {
            zeroPoint[i] = zeros.get(i).intValue();
        }
        return Quantization.perChannel(scale, zeroPoint);
    }

    private static Shape readShape(final JsonNode json) {
        return Shape.of(StreamSupport.stream(json.spliterator(), false)
                .mapToLong(JsonNode::longValue)
                .toArray());
    }

    private static List<String> strings(final JsonNode json) {
        final List<String> strings = new ArrayList<>();
        json.forEach(element -> strings.add(element.asText()));
        return strings;
    }

    private static JsonNode required(final JsonNode json, final String field) {
        final JsonNode value = json.get(field);
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException("'%s' is missing".formatted(field));
        }
        return value;
    }
}
