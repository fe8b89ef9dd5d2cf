package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import java.util.ArrayList;
import java.util.Arrays;
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
        zeros(weight, units, row.elements());
        zeros(bias, units);
        return add(node, new Linear(weight, bias, Activation.NONE, Precision.F32));
    }

    /** Adds an f32 convolution with zeroed parameters {@code <node>.weight} and {@code <node>.bias}. */
    public GraphBuilder conv2d(final String node, final int filters, final Window window) {
        return conv2d(node, filters, window, 1);
    }

    /** Adds an f32 convolution whose channels and filters are cut into groups, with zeroed parameters. */
    public GraphBuilder conv2d(final String node, final int filters, final Window window, final int groups) {
        final String weight = node + ".weight";
        final String bias = node + ".bias";
        final Shape image = types.get(requireLast()).sample();
        final long channels = image.rank() == 0 ? 0 : image.length(image.rank() - 1) / Math.max(1, groups);
        zeros(weight, filters, window.kernelHeight(), window.kernelWidth(), channels);
        zeros(bias, filters);
        return add(node, new Convolution(weight, bias, window, groups, Activation.NONE, Precision.F32));
    }

    /** Adds a convolution of signs with zeroed weights {@code <node>.weight}. */
    public GraphBuilder binarizedConv2d(final String node, final int filters, final Window window) {
        final String weight = node + ".weight";
        final Shape image = types.get(requireLast()).sample();
        final long channels = image.rank() == 0 ? 0 : image.length(image.rank() - 1);
        zeros(weight, filters, window.kernelHeight(), window.kernelWidth(), channels);
        return add(node, new Binarized(new Convolution(weight, null, window, 1, Activation.NONE, Precision.F32)));
    }

    /** Adds a linear layer of signs with zeroed weights {@code <node>.weight}. */
    public GraphBuilder binarizedLinear(final String node, final long units) {
        final String weight = node + ".weight";
        zeros(weight, units, types.get(requireLast()).sample().elements());
        return add(node, new Binarized(new Linear(weight, null, Activation.NONE, Precision.F32)));
    }

    /** Adds a normalization with parameters {@code <node>.scale}, shift, mean and variance that change nothing yet. */
    public GraphBuilder batchNorm(final String node) {
        final Shape channels = Shape.of(BatchNorm.channels(types.get(requireLast())));
        final float[] ones = new float[Math.toIntExact(channels.elements())];
        Arrays.fill(ones, 1);
        parameter(Parameter.of(node + ".scale", Tensor.of(channels, ones)));
        zeros(node + ".shift", ones.length);
        zeros(node + ".mean", ones.length);
        parameter(Parameter.of(node + ".variance", Tensor.of(channels, ones)));
        return add(
                node, new BatchNorm(node + ".scale", node + ".shift", node + ".mean", node + ".variance", 1e-5f, 0.1f));
    }

    /** Adds an f32 LSTM layer with zeroed parameters {@code <node>.weight} and {@code <node>.bias}. */
    public GraphBuilder lstm(final String node, final int hidden) {
        final Shape sequence = types.get(requireLast()).sample();
        final long inputs = sequence.rank() == 0 ? 0 : sequence.length(sequence.rank() - 1);
        zeros(node + ".weight", 4L * hidden, inputs + hidden);
        zeros(node + ".bias", 4L * hidden);
        return add(node, new LstmLayer(node + ".weight", node + ".bias"));
    }

    private void zeros(final String parameter, final long... shape) {
        parameter(Parameter.of(parameter, Tensor.allocate(DataType.F32, Shape.of(shape))));
    }

    public GraphBuilder lastStep(final String node) {
        return add(node, new LastStep());
    }

    public GraphBuilder maxPool(final String node, final Window window) {
        return add(node, Pooling.max(window));
    }

    public GraphBuilder averagePool(final String node, final Window window) {
        return add(node, Pooling.average(window));
    }

    /** Adds the average of each image, [1, 1, channels]. */
    public GraphBuilder globalAveragePool(final String node) {
        final Pooling any = Pooling.average(Window.of(1, 1));
        final ImageSize image = ImageSize.of(any, types.get(requireLast()));
        return averagePool(node, Window.of(image.height(), image.width()));
    }

    public GraphBuilder dropout(final String node, final float rate) {
        return add(node, new Dropout(rate));
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
