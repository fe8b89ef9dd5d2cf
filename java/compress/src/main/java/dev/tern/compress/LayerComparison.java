package dev.tern.compress;

import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.model.CompiledLayer;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer in floats and in integers, each with the kernel that the engine chose for it.
 *
 * @param name of its node, the same in both graphs
 */
public record LayerComparison(String name, Explanation floats, Explanation integers) {
    /**
     * Compares the layers that both graphs compute by plans; an engine that measures gives times, another estimates.
     */
    public static List<LayerComparison> of(
            final Graph floats, final Graph integers, final Engine engine, final int batch) {
        final List<LayerComparison> layers = new ArrayList<>();
        try (Executor before = Executor.compile(floats, engine, batch);
                Executor after = Executor.compile(integers, engine, batch)) {
            for (final CompiledLayer layer : before.layers()) {
                after.layers().stream()
                        .filter(other -> other.isPlanned() && layer.isPlanned())
                        .filter(other -> other.node().name().equals(layer.node().name()))
                        .map(other ->
                                new LayerComparison(layer.node().name(), layer.explain(batch), other.explain(batch)))
                        .forEach(layers::add);
            }
        }
        return layers;
    }

    public boolean integersAreFaster() {
        return integers.chosen().nanos() < floats.chosen().nanos();
    }

    /** How many times faster the integers are. */
    public double gain() {
        return floats.chosen().nanos() / integers.chosen().nanos();
    }
}
