package dev.tern.model;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A model: named inputs, nodes in an order in which they can be computed, and the tensors that they use. Immutable;
 * what changes one makes another. The type of every value is inferred and checked when a graph is built.
 */
public final class Graph {
    private final String name;
    private final Map<String, ValueType> inputs;
    private final List<Node> nodes;
    private final List<String> outputs;
    private final Map<String, Parameter> parameters;
    private final Map<String, String> metadata;
    private final Map<String, ValueType> types;

    Graph(final GraphBuilder from) {
        name = from.name;
        inputs = unmodifiable(from.inputs);
        nodes = List.copyOf(from.nodes);
        outputs = List.copyOf(from.outputs);
        parameters = unmodifiable(from.parameters);
        metadata = unmodifiable(from.metadata);
        types = unmodifiable(from.types);
    }

    private static <V> Map<String, V> unmodifiable(final Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    public static GraphBuilder builder(final String name) {
        return new GraphBuilder(name);
    }

    /** A builder that begins with this graph's name, inputs, parameters and metadata, but none of its nodes. */
    GraphBuilder empty() {
        final GraphBuilder builder = new GraphBuilder(name);
        inputs.forEach(builder::input);
        parameters.values().forEach(builder::parameter);
        metadata.forEach(builder::metadata);
        return builder;
    }

    private GraphBuilder copy() {
        final GraphBuilder builder = empty();
        nodes.forEach(builder::node);
        return builder;
    }

    public String name() {
        return name;
    }

    /** Types of the inputs by name, in order. */
    public Map<String, ValueType> inputs() {
        return inputs;
    }

    public List<Node> nodes() {
        return nodes;
    }

    /** Names of the values that a run yields, in order. */
    public List<String> outputs() {
        return outputs;
    }

    public Map<String, Parameter> parameters() {
        return parameters;
    }

    /** Words about the model that mean nothing to it: where it is from, what it reached. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The type of an input or of the value of a node. */
    public ValueType type(final String value) {
        final ValueType type = types.get(value);
        if (type == null) {
            throw new IllegalArgumentException("value '%s'; %s has %s".formatted(value, name, types.keySet()));
        }
        return type;
    }

    /** The type of the only input. */
    public ValueType inputType() {
        return type(only(inputs.keySet(), "inputs"));
    }

    /** The type of the only output. */
    public ValueType outputType() {
        return type(only(outputs, "outputs"));
    }

    private String only(final Collection<String> names, final String what) {
        if (names.size() != 1) {
            throw new IllegalStateException("%s has %d %s: %s".formatted(name, names.size(), what, names));
        }
        return names.iterator().next();
    }

    /** How many nodes and outputs read a value. */
    public long readers(final String value) {
        final long nodesReading = nodes.stream()
                .flatMap(node -> node.inputs().stream())
                .filter(value::equals)
                .count();
        return nodesReading + outputs.stream().filter(value::equals).count();
    }

    /** Bytes of all parameters. */
    public long parameterBytes() {
        return parameters.values().stream().mapToLong(Parameter::bytes).sum();
    }

    /** The same graph with other tensors under some of its names. */
    public Graph withParameters(final Collection<Parameter> changed) {
        final GraphBuilder builder = copy().outputs(outputs);
        changed.forEach(builder::replaceParameter);
        return builder.revalidate().build();
    }

    /** The same graph that yields other values. */
    public Graph withOutputs(final List<String> names) {
        return copy().outputs(names).build();
    }

    /** The same graph with one more word, or another, about it. */
    public Graph withMetadata(final String key, final String value) {
        return copy().outputs(outputs).metadata(key, value).build();
    }

    /** One line for each node, with the type of its value. */
    @Override
    public String toString() {
        return nodes.stream()
                .map(node -> "%s = %s(%s): %s"
                        .formatted(
                                node.name(),
                                node.layer().kind(),
                                String.join(", ", node.inputs()),
                                types.get(node.name())))
                .collect(Collectors.joining("\n", name + "\n", ""));
    }
}
