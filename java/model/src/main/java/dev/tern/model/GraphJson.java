package dev.tern.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.Arrays;
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
            PrecisionJson.write(input, type.precision());
            Arrays.stream(type.sample().lengths()).forEach(input.putArray("shape")::add);
        });
        final ArrayNode nodes = json.putArray("nodes");
        graph.nodes().forEach(node -> writeNode(nodes.addObject(), node));
        graph.outputs().forEach(json.putArray("outputs")::add);
        final ObjectNode quantizations = json.putObject("quantizations");
        graph.parameters().values().stream()
                .filter(parameter -> parameter.quantization() != null)
                .forEach(p -> PrecisionJson.write(quantizations.putObject(p.name()), p.quantization()));
        final ObjectNode metadata = json.putObject("metadata");
        graph.metadata().forEach(metadata::put);
        return json.toString();
    }

    private static void writeNode(final ObjectNode json, final Node node) {
        json.put("name", node.name()).put("layer", node.layer().kind());
        node.inputs().forEach(json.putArray("inputs")::add);
        LayerJson.write(json, node.layer());
    }

    /** Refuses, as an {@link IllegalArgumentException}, what is no graph with these tensors. */
    static Graph read(final String text, final Map<String, Tensor> tensors) {
        final JsonNode json = parse(text);
        if (!json.path("format").asText().equals(FORMAT)) {
            throw new IllegalArgumentException("format %s; read is %s".formatted(json.path("format"), FORMAT));
        }
        final GraphBuilder builder = Graph.builder(JsonFields.text(json, "name"));
        for (final JsonNode input : JsonFields.required(json, "inputs")) {
            builder.input(
                    JsonFields.text(input, "name"),
                    new ValueType(PrecisionJson.read(input), readShape(JsonFields.required(input, "shape"))));
        }
        tensors.forEach((name, tensor) -> {
            final JsonNode quantization = json.path("quantizations").path(name);
            builder.parameter(new Parameter(
                    name, tensor, quantization.isMissingNode() ? null : PrecisionJson.readQuantization(quantization)));
        });
        JsonFields.required(json, "nodes").forEach(node -> builder.node(readNode(node)));
        json.path("metadata")
                .properties()
                .forEach(word -> builder.metadata(word.getKey(), word.getValue().asText()));
        return builder.outputs(JsonFields.strings(JsonFields.required(json, "outputs")))
                .build();
    }

    private static JsonNode parse(final String text) {
        try {
            return JSON.readTree(text);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Node readNode(final JsonNode json) {
        return new Node(
                JsonFields.text(json, "name"),
                LayerJson.read(json),
                JsonFields.strings(JsonFields.required(json, "inputs")));
    }

    private static Shape readShape(final JsonNode json) {
        return Shape.of(StreamSupport.stream(json.spliterator(), false)
                .mapToLong(JsonNode::longValue)
                .toArray());
    }
}
