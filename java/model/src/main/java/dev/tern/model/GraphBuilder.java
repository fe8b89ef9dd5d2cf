package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Builds a {@link Graph} node by node, each checked when it is added. */
public final class GraphBuilder {
    final String name;
    final Map<String, ValueType> inputs = new LinkedHashMap<>();
    final List<Node> nodes = new ArrayList<>();
    final List<String> outputs = new ArrayList<>();
    final Map<String, Parameter> parameters = new LinkedHashMap<>();
    final Map<String, String> metadata = new LinkedHashMap<>();
    final Map<String, ValueType> types = new LinkedHashMap<>();
    private String last;

    GraphBuilder(final String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    public GraphBuilder input(final String value, final ValueType type) {
        define(value, Objects.requireNonNull(type, "type"));
        inputs.put(value, type);
        return this;
    }

    /** Adds a tensor under a name that is not yet taken. */
    public GraphBuilder parameter(final Parameter parameter) {
        if (parameters.putIfAbsent(parameter.name(), parameter) != null) {
            throw new IllegalArgumentException("%s: two parameters named '%s'".formatted(name, parameter.name()));
        }
        return this;
    }

    /** Puts another tensor under a name that is taken. */
    void replaceParameter(final Parameter parameter) {
        if (parameters.replace(parameter.name(), parameter) == null) {
            throw new IllegalArgumentException(
                    "%s: no parameter '%s'; there are %s".formatted(name, parameter.name(), parameters.keySet()));
        }
    }

    public GraphBuilder metadata(final String key, final String value) {
        metadata.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
        return this;
    }

    /** Adds a node; the values and parameters that it names are there already. */
    public GraphBuilder node(final Node node) {
        define(node.name(), infer(node));
        nodes.add(node);
        return this;
    }

    /** Adds a layer that reads the value made last. */
    public GraphBuilder add(final String node, final Layer layer) {
        return node(new Node(node, layer, List.of(requireLast())));
    }

    /** Adds an f32 linear layer with zeroed parameters {@code <node>.weight} and {@code <node>.bias}. */
    public GraphBuilder linear(final String node, final long units) {
        final String weight = node + ".weight";
        final String bias = node + ".bias";
        final Shape row = types.get(requireLast()).sample();
        parameter(Parameter.of(weight, Tensor.allocate(DataType.F32, Shape.of(units, row.elements()))));
        parameter(Parameter.of(bias, Tensor.allocate(DataType.F32, Shape.of(units))));
        return add(node, new Linear(weight, bias, Activation.NONE, Precision.F32));
    }

    public GraphBuilder relu(final String node) {
        return add(node, new Relu());
    }

    public GraphBuilder flatten(final String node) {
        return add(node, new Flatten());
    }

    public GraphBuilder softmax(final String node) {
        return add(node, new Softmax());
    }

    /** The values that a run yields; without a call of this, the one made last. */
    public GraphBuilder outputs(final List<String> values) {
        outputs.clear();
        outputs.addAll(values);
        return this;
    }

    public Graph build() {
        if (outputs.isEmpty()) {
            outputs.add(requireLast());
        }
        for (final String output : outputs) {
            requireValue(output, "output");
        }
        requireAllParametersRead();
        return new Graph(this);
    }

    /** Infers all types anew, after parameters have changed. */
    GraphBuilder revalidate() {
        for (final Node node : nodes) {
            types.put(node.name(), infer(node));
        }
        return this;
    }

    private ValueType infer(final Node node) {
        final List<ValueType> from = new ArrayList<>();
        for (final String value : node.inputs()) {
            requireValue(value, "node '" + node.name() + "': input");
            from.add(types.get(value));
        }
        for (final String parameter : node.layer().parameters()) {
            if (!parameters.containsKey(parameter)) {
                throw new IllegalArgumentException("%s: node '%s': no parameter '%s'; there are %s"
                        .formatted(name, node.name(), parameter, parameters.keySet()));
            }
        }
        try {
            return node.layer().infer(from, parameters);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: node '%s': %s".formatted(name, node.name(), e.getMessage()), e);
        }
    }

    private void define(final String value, final ValueType type) {
        if (types.putIfAbsent(value, type) != null) {
            throw new IllegalArgumentException("%s: two values named '%s'".formatted(name, value));
        }
        last = value;
    }

    private void requireValue(final String value, final String what) {
        if (!types.containsKey(value)) {
            throw new IllegalArgumentException(
                    "%s: %s '%s' is not made before; there are %s".formatted(name, what, value, types.keySet()));
        }
    }

    private String requireLast() {
        if (last == null) {
            throw new IllegalStateException(name + ": has no input yet");
        }
        return last;
    }

    private void requireAllParametersRead() {
        final Set<String> unread = new HashSet<>(parameters.keySet());
        nodes.forEach(node -> unread.removeAll(node.layer().parameters()));
        if (!unread.isEmpty()) {
            throw new IllegalArgumentException("%s: no node reads the parameters %s".formatted(name, unread));
        }
    }
}
