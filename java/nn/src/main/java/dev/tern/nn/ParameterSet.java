package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a graph while they are trained, each beside its gradient. All lie in one tensor of values and one
 * of gradients, so that an optimizer, or a sum over many machines, sees two plain vectors.
 */
public final class ParameterSet {
    /** Parameters start on cache lines, so that no two threads write to the same one. */
    private static final int ALIGNMENT = 64 / Float.BYTES;

    private final Tensor values;
    private final Tensor gradients;
    private final List<Trained> trained;
    private final Map<String, Tensor> observed = new LinkedHashMap<>();
    private final int decaying;

    /**
     * One parameter.
     *
     * @param offset its place in the vectors, in elements
     */
    public record Trained(String name, int offset, Tensor value, Tensor gradient) {}

    ParameterSet(final Graph graph) {
        final List<Parameter> ordered = new ArrayList<>(graph.parameters().values());
        ordered.forEach(ParameterSet::requireFloats);
        observe(graph, ordered);
        final long elements = ordered.stream().mapToLong(ParameterSet::padded).sum();
        values = Tensor.allocate(DataType.F32, Shape.of(elements));
        gradients = Tensor.allocate(DataType.F32, Shape.of(elements));
        ordered.sort(Comparator.comparing(parameter -> !decays(parameter)));
        final List<Trained> placed = new ArrayList<>();
        int offset = 0;
        int matrices = 0;
        for (final Parameter parameter : ordered) {
            placed.add(place(parameter, offset));
            offset += padded(parameter);
            matrices = decays(parameter) ? offset : matrices;
        }
        trained = List.copyOf(placed);
        decaying = matrices;
    }

    private static void requireFloats(final Parameter parameter) {
        if (parameter.tensor().type() != DataType.F32) {
            throw new IllegalArgumentException(
                    "parameter '%s' is %s; only F32 is trained".formatted(parameter.name(), parameter.tensor()));
        }
    }

    /** Copies the statistics that layers observe, and takes them from {@code parameters}. */
    private void observe(final Graph graph, final List<Parameter> parameters) {
        for (final Node node : graph.nodes()) {
            for (final String name : node.layer().statistics()) {
                observed.computeIfAbsent(
                        name, key -> copy(graph.parameters().get(key).tensor()));
            }
        }
        parameters.removeIf(parameter -> observed.containsKey(parameter.name()));
    }

    private static Tensor copy(final Tensor from) {
        final Tensor copy = Tensor.allocate(DataType.F32, from.shape());
        from.copyTo(copy);
        return copy;
    }

    private static boolean decays(final Parameter parameter) {
        return parameter.tensor().shape().rank() > 1;
    }

    private static int padded(final Parameter parameter) {
        return Math.ceilDiv(Math.toIntExact(parameter.tensor().shape().elements()), ALIGNMENT) * ALIGNMENT;
    }

    private Trained place(final Parameter parameter, final int offset) {
        final Shape shape = parameter.tensor().shape();
        final int length = Math.toIntExact(shape.elements());
        final Tensor value = values.slice(0, offset, offset + length).reshape(shape);
        parameter.tensor().copyTo(value);
        final Tensor gradient = gradients.slice(0, offset, offset + length).reshape(shape);
        return new Trained(parameter.name(), offset, value, gradient);
    }

    /** Elements of each vector, padding between parameters included. */
    public int elements() {
        return Math.toIntExact(values.shape().elements());
    }

    /** How many of them, from the start, weight decay applies to: the matrices, not the biases. */
    public int decaying() {
        return decaying;
    }

    public Tensor values() {
        return values;
    }

    public Tensor gradients() {
        return gradients;
    }

    public List<Trained> trained() {
        return trained;
    }

    public Trained get(final String name) {
        return trained.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    }

    /** The statistics under that name, which layers observe in training and no optimizer moves. */
    Tensor observed(final String name) {
        return observed.get(name);
    }

    /** All of them by name. */
    public Map<String, Tensor> observed() {
        return Collections.unmodifiableMap(observed);
    }

    /** {@code graph} with a copy of the values as they are now. */
    Graph snapshot(final Graph graph) {
        final List<Parameter> copies = new ArrayList<>();
        trained.forEach(parameter -> copies.add(Parameter.of(parameter.name(), copy(parameter.value()))));
        observed.forEach((name, tensor) -> copies.add(Parameter.of(name, copy(tensor))));
        return graph.withParameters(copies);
    }
}
