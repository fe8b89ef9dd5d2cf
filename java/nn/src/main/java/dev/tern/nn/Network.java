package dev.tern.nn;

import dev.tern.Conv2d;
import dev.tern.Engine;
import dev.tern.Pool2d;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.BatchNorm;
import dev.tern.model.Binarized;
import dev.tern.model.Convolution;
import dev.tern.model.Dequantize;
import dev.tern.model.Dropout;
import dev.tern.model.Flatten;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.LastStep;
import dev.tern.model.Linear;
import dev.tern.model.LstmLayer;
import dev.tern.model.Node;
import dev.tern.model.Pooling;
import dev.tern.model.Precision;
import dev.tern.model.Quantize;
import dev.tern.model.Relu;
import dev.tern.model.Softmax;
import dev.tern.model.ValueType;
import dev.tern.model.Weighted;
import dev.tern.nn.ParameterSet.Trained;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

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
    private final NetworkClock clock;
    private final NetworkRole role;
    private final String inputName;
    private final Map<String, Value> values = new HashMap<>();
    private final Value input;
    private final Value output;
    private final List<Stage> forward = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<Stage> backward = new ArrayList<>();
    private final List<List<Trained>> finished = new ArrayList<>();
    private final Set<String> claimed = new HashSet<>();
    private int dropouts;

    /** {@code graph} has one input and one output and computes in floats; its parameters are copied. */
    public Network(final Graph graph, final Engine engine, final int maxBatch) {
        this(graph, engine, maxBatch, 1);
    }

    /** {@code seed} decides what layers draw at random. */
    public Network(final Graph graph, final Engine engine, final int maxBatch, final long seed) {
        this(graph, engine, maxBatch, seed, NetworkRole.WHOLE);
    }

    /** One that is a part of a model. */
    public Network(
            final Graph graph, final Engine engine, final int maxBatch, final long seed, final NetworkRole role) {
        this(graph, engine, maxBatch, new ParameterSet(graph), new NetworkClock(seed), role);
    }

    private Network(
            final Graph graph,
            final Engine engine,
            final int maxBatch,
            final ParameterSet parameters,
            final NetworkClock clock,
            final NetworkRole role) {
        this.clock = clock;
        this.engine = engine;
        this.graph = graph;
        this.fused = Fusion.fuse(graph);
        this.maxBatch = maxBatch;
        this.parameters = parameters;
        this.role = role;
        graph.outputType(); // refuses several
        inputName = graph.inputs().keySet().iterator().next();
        requireFloats(inputName, graph.inputType());
        this.input = Value.allocate(graph.inputType(), maxBatch, role.byInput());
        values.put(inputName, input);
        allocateValues();
        this.output = values.get(fused.outputs().getFirst());
        if (!output.isDifferentiated()) {
            throw new IllegalArgumentException(graph.name() + ": its output depends on no parameter");
        }
        output.claimGradient(); // the loss writes it
        buildStages();
    }

    /** Another network of the same parameters and draws, with values of its own, for passes between this one's. */
    public Network twin() {
        return new Network(graph, engine, maxBatch, parameters, clock, role);
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
            if (!(node.layer() instanceof Flatten)) { // which is the same memory
                stages.addFirst(stage(node, x, y));
                names.addFirst(node.name());
            }
        }
        forward.addAll(stages);
        backward.addAll(forward.reversed());
        findLastWriters();
    }

    /** For each stage of the backward pass the parameters whose gradients no stage after it writes to. */
    private void findLastWriters() {
        final Set<String> seen = new HashSet<>();
        for (final Node node : fused.nodes()) {
            if (!(node.layer() instanceof Flatten)) {
                finished.addFirst(node.layer().parameters().stream()
                        .filter(name -> parameters.observed(name) == null && seen.add(name))
                        .map(parameters::get)
                        .toList());
            }
        }
    }

    private Stage stage(final Node node, final Value x, final Value y) {
        return switch (node.layer()) {
            case Linear linear ->
                new LinearStage(
                        engine,
                        x,
                        y,
                        weight(linear),
                        addsTo(linear.weight()),
                        epilogue(linear),
                        role.split().of(node.name()));
            case Convolution conv ->
                new ConvolutionStage(
                        engine,
                        bare(conv, node),
                        x,
                        y,
                        weight(conv),
                        addsTo(conv.weight()),
                        isPooledFirst(node) ? BiasEpilogue.none(engine) : epilogue(conv));
            case Binarized binarized ->
                new BinarizedStage(
                        engine,
                        x,
                        y,
                        weight(binarized.sums()),
                        addsTo(binarized.sums().weight()),
                        (signs, binary) -> multiplied(binarized.sums(), node, signs, y, binary));
            case Pooling pooling -> new PoolingStage(engine, pooling.operation(type(node)), x, y, pooled(node));
            case BatchNorm norm -> new BatchNormStage(engine, norm, x, y, parameters, addsTo(norm.scale()));
            case LstmLayer lstm ->
                new LstmStage(
                        engine,
                        lstm.operation(type(node), fused.parameters()),
                        x,
                        y,
                        parameters.get(lstm.weight()),
                        parameters.get(lstm.bias()),
                        addsTo(lstm.weight()));
            case Dropout dropout -> new DropoutStage(dropout.rate(), x, y, clock, dropouts++, engine);
            case LastStep _ -> new LastStepStage(x, y, engine);
            case Relu _ -> new ReluStage(x, y, engine);
            case Softmax _ -> new SoftmaxStage(x, y, engine);
            case Flatten _, Quantize _, Dequantize _ ->
                throw new IllegalArgumentException("node '%s': %s has no gradient"
                        .formatted(node.name(), node.layer().kind()));
        };
    }

    /** The sums of a layer, of other values and weights. */
    private Stage multiplied(final Weighted sums, final Node node, final Value x, final Value y, final Trained weight) {
        return switch (sums) {
            case Linear linear -> new LinearStage(engine, x, y, weight, false, epilogue(linear), SplitLayers.Sums.NONE);
            case Convolution conv ->
                new ConvolutionStage(engine, bare(conv, node), x, y, weight, false, epilogue(conv));
        };
    }

    private ValueType type(final Node node) {
        return fused.type(node.inputs().getFirst());
    }

    /** The convolution without its bias, which training changes, and without its activation. */
    private Conv2d bare(final Convolution conv, final Node node) {
        return conv.with(conv.weight(), null, conv.output())
                .with(Activation.NONE)
                .operation(type(node), fused.parameters());
    }

    /** Whether a maximum is taken of a node's sums before their bias and activation; nothing else may read them. */
    private boolean isPooledFirst(final Node sums) {
        return fused.readers(sums.name()) == 1
                && fused.nodes().stream()
                        .anyMatch(node -> node.inputs().contains(sums.name())
                                && node.layer() instanceof final Pooling pooling
                                && pooling.mode() == Pool2d.Mode.MAX);
    }

    /** What comes after a pooling for the sums before it. */
    private BiasEpilogue pooled(final Node pooling) {
        return fused.nodes().stream()
                .filter(node -> pooling.inputs().contains(node.name()) && isPooledFirst(node))
                .map(Node::layer)
                .filter(Weighted.class::isInstance)
                .map(layer -> epilogue((Weighted) layer))
                .findFirst()
                .orElseGet(() -> BiasEpilogue.none(engine));
    }

    private Trained weight(final Weighted sums) {
        return parameters.get(sums.weight());
    }

    /** Whether some layer that comes later, and so has its backward pass before, wrote that gradient. */
    private boolean addsTo(final String parameter) {
        return !claimed.add(parameter) || role.accumulates();
    }

    private BiasEpilogue epilogue(final Weighted sums) {
        final Trained bias = sums.bias() == null ? null : parameters.get(sums.bias());
        final int width = Math.toIntExact(weight(sums).value().length(0));
        final boolean relu = sums.activation() == Activation.RELU;
        return new BiasEpilogue(engine, width, bias, bias != null && addsTo(sums.bias()), relu);
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

    /** After a backward pass: the gradient by the input, where the role asks for it. */
    public Tensor inputGradient(final int batch) {
        return input.gradient(batch);
    }

    /** From the input to the output. */
    public void forward(final int batch) {
        forward(batch, PassListener.SILENT);
    }

    /** The same, telling {@code listener} of each node. */
    public void forward(final int batch, final PassListener listener) {
        clock.tick();
        for (int i = 0; i < forward.size(); i++) {
            forward.get(i).forward(batch);
            listener.nodeDone(names.get(i));
        }
    }

    /** After a forward pass: from the gradient by the output to those by all parameters. */
    public void backward(final int batch) {
        backward(batch, GradientExchange.NONE);
    }

    /** The same, telling {@code exchange} of each gradient as soon as it is done. */
    public void backward(final int batch, final GradientExchange exchange) {
        backward(batch, exchange, PassListener.SILENT);
    }

    /** The same, telling {@code listener} of each node. */
    public void backward(final int batch, final GradientExchange exchange, final PassListener listener) {
        for (int i = 0; i < backward.size(); i++) {
            backward.get(i).backward(batch);
            listener.nodeDone(names.get(names.size() - 1 - i));
            final List<Trained> done = finished.get(i);
            for (int j = 0; j < done.size(); j++) {
                exchange.gradientDone(done.get(j));
            }
        }
    }

    /** How many forward passes it has made. */
    public long passes() {
        return clock.passes();
    }

    /** Goes on as after so many forward passes. */
    public void resumeAt(final long passes) {
        clock.set(passes);
    }

    /** The input or the first node of the last forward pass whose value is not finite throughout; null if all are. */
    public String firstNotFinite(final int batch) {
        return Stream.concat(Stream.of(inputName), fused.nodes().stream().map(Node::name))
                .filter(name -> !isFinite(values.get(name).value(batch)))
                .findFirst()
                .orElse(null);
    }

    private static boolean isFinite(final Tensor tensor) {
        for (final float element : tensor.toFloats()) {
            if (!Float.isFinite(element)) {
                return false;
            }
        }
        return true;
    }

    /** The graph with the parameters as they are now. */
    public Graph snapshot() {
        return parameters.snapshot(graph);
    }
}
