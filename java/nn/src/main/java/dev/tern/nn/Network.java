package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.Dequantize;
import dev.tern.model.Flatten;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.Linear;
import dev.tern.model.Node;
import dev.tern.model.Precision;
import dev.tern.model.Quantize;
import dev.tern.model.Relu;
import dev.tern.model.Softmax;
import dev.tern.model.ValueType;
import dev.tern.nn.ParameterSet.Trained;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph with its gradients: for each layer the rule of {@link Stage}, for each value that depends on a parameter room
 * for the gradient by it. For one thread at a time, which the engine's workers help.
 */
public final class Network {
    private final Engine engine;
    private final Graph graph;
    private final Graph fused;
    private final int maxBatch;
    private final ParameterSet parameters;
    private final Map<String, Value> values = new HashMap<>();
    private final Value input;
    private final Value output;
    private final List<Stage> forward = new ArrayList<>();
    private final List<Stage> backward = new ArrayList<>();
    private final Set<String> claimed = new HashSet<>();

    /** {@code graph} has one input and one output and computes in floats; its parameters are copied. */
    public Network(final Graph graph, final Engine engine, final int maxBatch) {
        this.engine = engine;
        this.graph = graph;
        this.fused = Fusion.fuse(graph);
        this.maxBatch = maxBatch;
        this.parameters = new ParameterSet(graph);
        graph.outputType(); // refuses several
        final String name = graph.inputs().keySet().iterator().next();
        requireFloats(name, graph.inputType());
        this.input = Value.allocate(graph.inputType(), maxBatch, false);
        values.put(name, input);
        allocateValues();
        this.output = values.get(fused.outputs().getFirst());
        if (!output.isDifferentiated()) {
            throw new IllegalArgumentException(graph.name() + ": its output depends on no parameter");
        }
        output.claimGradient(); // the loss writes it
        buildStages();
    }

    private void allocateValues() {
        for (final Node node : fused.nodes()) {
            final ValueType type = fused.type(node.name());
            requireFloats(node.name(), type);
            final Value input = values.get(node.inputs().getFirst());
            final boolean differentiated =
                    input.isDifferentiated() || !node.layer().parameters().isEmpty();
            values.put(
                    node.name(),
                    node.layer() instanceof Flatten
                            ? input.reshaped(type)
                            : Value.allocate(type, maxBatch, differentiated));
        }
    }

    private static void requireFloats(final String value, final ValueType type) {
        if (!type.precision().equals(Precision.F32)) {
            throw new IllegalArgumentException("value '%s' is %s; only F32 is trained".formatted(value, type));
        }
    }

    /** From the last node to the first, since that is the order in which they claim gradients. */
    private void buildStages() {
        final Deque<Stage> stages = new ArrayDeque<>();
        for (final Node node : fused.nodes().reversed()) {
            final Value x = values.get(node.inputs().getFirst());
            final Value y = values.get(node.name());
            switch (node.layer()) {
                case Linear linear -> stages.addFirst(linearStage(linear, x, y));
                case Relu _ -> stages.addFirst(new ReluStage(x, y));
                case Softmax _ -> stages.addFirst(new SoftmaxStage(x, y));
                case Flatten _ -> {} // the same memory
                case Quantize _, Dequantize _ ->
                    throw new IllegalArgumentException("node '%s': %s has no gradient"
                            .formatted(node.name(), node.layer().kind()));
            }
        }
        forward.addAll(stages);
        backward.addAll(forward.reversed());
    }

    private Stage linearStage(final Linear linear, final Value x, final Value y) {
        final Trained weight = parameters.get(linear.weight());
        final boolean addsToWeight = !claimed.add(linear.weight());
        final Trained bias = linear.bias() == null ? null : parameters.get(linear.bias());
        final boolean addsToBias = bias != null && !claimed.add(linear.bias());
        final int width = Math.toIntExact(weight.value().length(0));
        final boolean relu = linear.activation() == Activation.RELU;
        return new LinearStage(engine, x, y, weight, addsToWeight, new BiasEpilogue(width, bias, addsToBias, relu));
    }

    public int maxBatch() {
        return maxBatch;
    }

    public ParameterSet parameters() {
        return parameters;
    }

    /** Where the samples of a batch are to be put. */
    public Tensor input(final int batch) {
        return input.value(batch);
    }

    /** What the last forward pass made of them. */
    public Tensor output(final int batch) {
        return output.value(batch);
    }

    /** Where the gradient of the loss by the output is to be put. */
    public Tensor outputGradient(final int batch) {
        return output.gradient(batch);
    }

    /** From the input to the output. */
    public void forward(final int batch) {
        for (int i = 0; i < forward.size(); i++) {
            forward.get(i).forward(batch);
        }
    }

    /** After a forward pass: from the gradient by the output to those by all parameters. */
    public void backward(final int batch) {
        for (int i = 0; i < backward.size(); i++) {
            backward.get(i).backward(batch);
        }
    }

    /** What the last forward pass made at each node, in order. */
    List<Tensor> values(final int batch) {
        return fused.nodes().stream()
                .map(node -> values.get(node.name()).value(batch))
                .toList();
    }

    /** The first node of the last forward pass whose value is not finite throughout; null if all are. */
    String firstNotFinite(final int batch) {
        for (final Node node : fused.nodes()) {
            for (final float element : values.get(node.name()).value(batch).toFloats()) {
                if (!Float.isFinite(element)) {
                    return node.name();
                }
            }
        }
        return null;
    }

    /** The graph with the parameters as they are now. */
    public Graph snapshot() {
        return parameters.snapshot(graph);
    }
}
