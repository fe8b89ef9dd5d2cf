package dev.tern.model;

import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.RowClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
    private final List<ExecutionContext.Step> steps = new ArrayList<>();

    private Executor(final Engine engine, final Graph graph, final int maxBatch) {
        this.engine = engine;
        this.graph = graph;
        this.maxBatch = maxBatch;
        this.values = new ValueLayoutPlan(graph, maxBatch);
    }

    /** Compiles for batches of 1 to {@code maxBatch}; ReLUs are fused, types stay as the graph states them. */
    public static Executor compile(final Graph graph, final Engine engine, final int maxBatch) {
        Objects.requireNonNull(engine, "engine");
        if (maxBatch < 1) {
            throw new IllegalArgumentException("maxBatch: got " + maxBatch + ", allowed: at least 1");
        }
        final Executor executor = new Executor(engine, Fusion.fuse(graph), maxBatch);
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
        final CompiledLayer layer = node.layer() instanceof final Linear linear
                ? compileLinear(node, linear)
                : new CompiledLayer(node, null, null);
        layers.add(layer);
        switch (node.layer()) {
            case Linear _ -> steps.add(v -> layer.plan().run(v[x], v[y]));
            case Relu _ -> steps.add(v -> HostLayers.relu(v[x], v[y]));
            case Softmax _ -> steps.add(v -> HostLayers.softmax(v[x], v[y]));
            case Quantize quantize -> steps.add(v -> HostLayers.quantize(v[x], v[y], quantize.output()));
            case Dequantize _ -> {
                final Precision from = values.type(x).precision();
                steps.add(v -> HostLayers.dequantize(v[x], v[y], from));
            }
            case Flatten _ -> {} // a view; see ValueLayoutPlan
        }
    }

    private CompiledLayer compileLinear(final Node node, final Linear linear) {
        final PackedWeights weights = engine.pack(
                linear.gemm(values.type(values.number(node.inputs().getFirst())), graph.parameters()),
                graph.parameters().get(linear.weight()).tensor());
        final Plan plan = engine.compile(weights);
        rowClasses().forEach(plan::prepare);
        return new CompiledLayer(node, weights, plan);
    }

    /** The graph as it is run, fused. */
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
        return new ExecutionContext(graph, values, List.copyOf(steps), maxBatch, engine, device());
    }

    /** Values stay on a device that runs all layers for all batches; else they are on the host. */
    private Device device() {
        final Set<String> names = layers.stream()
                .filter(layer -> !(layer.node().layer() instanceof Flatten)) // a view anywhere
                .flatMap(layer -> layer.isPlanned() ? devices(layer.plan()) : Stream.of(Device.CPU.name()))
                .collect(Collectors.toSet());
        return engine.devices().stream()
                .filter(device -> names.equals(Set.of(device.name())))
                .findFirst()
                .orElse(Device.CPU);
    }

    private Stream<String> devices(final Plan plan) {
        return rowClasses()
                .map(rows -> plan.explain(rows.representative()).chosen().device());
    }

    private Stream<RowClass> rowClasses() {
        return Arrays.stream(RowClass.values()).filter(rows -> rows.compareTo(RowClass.of(maxBatch)) <= 0);
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
