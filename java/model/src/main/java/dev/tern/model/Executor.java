package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.RowClass;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A graph compiled once for an engine: weights packed, plans made, memory planned for the largest batch. Safe for any
 * number of threads; each runs it through an {@link ExecutionContext} of its own.
 */
public final class Executor implements AutoCloseable {
    private final Engine engine;
    private final Graph graph;
    private final int maxBatch;
    private final ValueLayoutPlan values;
    private final List<CompiledLayer> layers = new ArrayList<>();
    /** Makes the steps of a context, which keeps views for itself. */
    private final List<Supplier<ExecutionContext.Step>> steps = new ArrayList<>();

    private Executor(final Engine engine, final Graph graph, final int maxBatch) {
        this.engine = engine;
        this.graph = graph;
        this.maxBatch = maxBatch;
        this.values = new ValueLayoutPlan(graph, maxBatch);
    }

    /**
     * Compiles for batches of 1 to {@code maxBatch}; normalizations are folded, ReLUs fused; types stay as the graph
     * states them.
     */
    public static Executor compile(final Graph graph, final Engine engine, final int maxBatch) {
        Objects.requireNonNull(engine, "engine");
        if (maxBatch < 1) {
            throw new IllegalArgumentException("maxBatch: got " + maxBatch + ", allowed: at least 1");
        }
        final Executor executor = new Executor(engine, Fusion.fuse(BatchNormFolding.fold(graph)), maxBatch);
        try {
            executor.graph.nodes().forEach(executor::compileNode);
            return executor;
        } catch (final RuntimeException e) {
            executor.close();
            throw e;
        }
    }

    private void compileNode(final Node node) {
        final int x = values.number(node.inputs().getFirst());
        final int y = values.number(node.name());
        final ValueType from = values.type(x);
        switch (node.layer()) {
            case Weighted sums -> {
                final Plan plan = packed(node, sums.operation(from, graph.parameters()), tensor(sums.weight()));
                stateless(v -> plan.run(v[x], v[y]));
            }
            case Binarized binarized -> {
                final Plan signs = engine.compile(binarized.signs(from));
                final Tensor bits = Binarized.bits(tensor(binarized.sums().weight()));
                final Plan plan = packed(node, binarized.operation(from, graph.parameters()), bits);
                steps.add(() -> signs(signs, plan, from, x, y));
            }
            case LstmLayer lstm -> {
                final Plan plan = packed(node, lstm.operation(from, graph.parameters()), tensor(lstm.weight()));
                steps.add(() -> sequences(plan, x, y));
            }
            case Pooling pooling -> {
                final Plan plan = add(node, null, engine.compile(pooling.operation(from)));
                stateless(v -> plan.run(v[x], v[y]));
            }
            case BatchNorm norm -> {
                final float[] factors = norm.factors(graph.parameters());
                final float[] offsets = norm.offsets(graph.parameters());
                onHost(node, v -> HostLayers.scale(v[x], v[y], factors, offsets));
            }
            case LastStep _ -> onHost(node, v -> HostLayers.lastStep(v[x], v[y]));
            case Relu _ -> onHost(node, v -> HostLayers.relu(v[x], v[y]));
            case Softmax _ -> onHost(node, v -> HostLayers.softmax(v[x], v[y]));
            case Quantize quantize -> onHost(node, v -> HostLayers.quantize(v[x], v[y], quantize.output()));
            case Dequantize _ -> onHost(node, v -> HostLayers.dequantize(v[x], v[y], from.precision()));
            case Flatten _, Dropout _ -> add(node, null, null); // views; see ValueLayoutPlan
        }
    }

    private Tensor tensor(final String parameter) {
        return graph.parameters().get(parameter).tensor();
    }

    private Plan packed(final Node node, final Operation operation, final Tensor from) {
        final PackedWeights weights = engine.pack(operation, from);
        return add(node, weights, engine.compile(weights));
    }

    private Plan add(final Node node, final PackedWeights weights, final Plan plan) {
        final CompiledLayer layer = new CompiledLayer(node, weights, plan);
        layers.add(layer);
        if (plan != null) {
            rowClasses(layer).forEach(plan::prepare);
        }
        return plan;
    }

    private void onHost(final Node node, final ExecutionContext.Step step) {
        add(node, null, null);
        stateless(step);
    }

    private void stateless(final ExecutionContext.Step step) {
        steps.add(() -> step);
    }

    /** Signs of images, or of rows, which are images of one position; then their sums. */
    private ExecutionContext.Step signs(
            final Plan signs, final Plan sums, final ValueType input, final int x, final int y) {
        final Tensor bits = Tensor.allocate(DataType.B1, input.shape(maxBatch));
        final BatchViews rows = new BatchViews(bits);
        if (input.sample().rank() == 3) {
            return v -> {
                final Tensor taken = rows.rows((int) v[x].length(0));
                signs.run(v[x], taken);
                sums.run(taken, v[y]);
            };
        }
        final RecentView reals = RecentView.rowsAsImages();
        final RecentView images = RecentView.rowsAsImages();
        return v -> {
            final Tensor taken = rows.rows((int) v[x].length(0));
            signs.run(reals.of(v[x]), images.of(taken));
            sums.run(taken, v[y]);
        };
    }

    private static ExecutionContext.Step sequences(final Plan plan, final int x, final int y) {
        final RecentView inputs = RecentView.stepsFirst();
        final RecentView outputs = RecentView.stepsFirst();
        return v -> plan.run(inputs.of(v[x]), outputs.of(v[y]));
    }

    /** The graph as it is run, folded and fused. */
    public Graph graph() {
        return graph;
    }

    public int maxBatch() {
        return maxBatch;
    }

    /** The nodes in order, and what runs them. */
    public List<CompiledLayer> layers() {
        return List.copyOf(layers);
    }

    /** Bytes of memory that one context takes for values between layers. */
    public long contextBytes() {
        return values.bytes();
    }

    /** Room for one run at a time. */
    public ExecutionContext newContext() {
        return new ExecutionContext(
                graph, values, steps.stream().map(Supplier::get).toList(), maxBatch, engine, device());
    }

    /** Values stay on a device that runs all layers for all batches; else they are on the host. */
    private Device device() {
        final Set<String> names = layers.stream()
                .filter(layer -> !layer.node().layer().isView())
                .flatMap(layer -> layer.isPlanned() ? devices(layer) : Stream.of(Device.CPU.name()))
                .collect(Collectors.toSet());
        return engine.devices().stream()
                .filter(device -> names.equals(Set.of(device.name())))
                .findFirst()
                .orElse(Device.CPU);
    }

    private Stream<String> devices(final CompiledLayer layer) {
        return rowClasses(layer)
                .map(rows ->
                        layer.plan().explain(rows.representative()).chosen().device());
    }

    /** Those of batches from one sample to the largest. */
    private Stream<RowClass> rowClasses(final CompiledLayer layer) {
        final RowClass least = RowClass.of(layer.rows(1));
        final RowClass most = RowClass.of(layer.rows(maxBatch));
        return Arrays.stream(RowClass.values()).filter(rows -> rows.compareTo(least) >= 0 && rows.compareTo(most) <= 0);
    }

    /** Frees the weights once runs under way have ended. */
    @Override
    public void close() {
        for (final CompiledLayer layer : layers) {
            if (layer.weights() != null) {
                layer.weights().close();
            }
        }
    }
}
