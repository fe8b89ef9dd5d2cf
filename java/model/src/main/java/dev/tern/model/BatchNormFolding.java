package dev.tern.model;

import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Folds each batch normalization into the weighted sums before it, where nothing else reads those and their parameters:
 * {@code (sum + bias) * factor + offset} of an output is a sum of weights times factor. For graphs that are not trained
 * further.
 */
public final class BatchNormFolding {
    private final Graph graph;
    private final Map<String, Parameter> parameters;
    private final Rewriter rewriter;

    private BatchNormFolding(final Graph graph) {
        this.graph = graph;
        parameters = new LinkedHashMap<>(graph.parameters());
        rewriter = new Rewriter(graph);
    }

    /** Computes the same values but for rounding; a folded node keeps the name of the layer of sums. */
    public static Graph fold(final Graph graph) {
        return new BatchNormFolding(graph).fold();
    }

    private Graph fold() {
        for (final Node node : graph.nodes()) {
            final Node sums = node.layer() instanceof BatchNorm ? rewriter.ownSums(node) : null;
            if (sums != null && isFoldable((Weighted) sums.layer())) {
                rewriter.absorb(node, sums, scaled(sums.name(), (Weighted) sums.layer(), (BatchNorm) node.layer()));
            } else {
                rewriter.add(node);
            }
        }
        final GraphBuilder builder = Graph.builder(graph.name());
        graph.inputs().forEach(builder::input);
        graph.metadata().forEach(builder::metadata);
        rewriter.layers()
                .flatMap(layer -> layer.parameters().stream())
                .distinct()
                .forEach(name -> builder.parameter(parameters.get(name)));
        return rewriter.build(builder);
    }

    /** Whether its weights are floats, and its own. */
    private boolean isFoldable(final Weighted sums) {
        return !parameters.get(sums.weight()).tensor().type().isInteger()
                && sums.parameters().stream().allMatch(name -> readers(name) == 1);
    }

    private long readers(final String parameter) {
        return graph.nodes().stream()
                .filter(node -> node.layer().parameters().contains(parameter))
                .count();
    }

    private Weighted scaled(final String node, final Weighted sums, final BatchNorm norm) {
        final float[] factors = norm.factors(graph.parameters());
        final Tensor weights = parameters.get(sums.weight()).tensor();
        final String bias = sums.bias() == null ? unused(node + ".bias") : sums.bias();
        final float[] before = sums.bias() == null
                ? new float[factors.length]
                : parameters.get(bias).tensor().toFloats();
        put(sums.weight(), weights.shape(), scaled(weights.toFloats(), factors));
        put(bias, Shape.of(factors.length), added(scaled(before, factors), norm.offsets(graph.parameters())));
        return sums.with(sums.weight(), bias, sums.output());
    }

    private String unused(final String name) {
        return Stream.iterate(name, taken -> taken + "'")
                .filter(candidate -> !parameters.containsKey(candidate))
                .findFirst()
                .orElseThrow();
    }

    private void put(final String name, final Shape shape, final float[] values) {
        parameters.put(name, Parameter.of(name, Tensor.of(shape, values)));
    }

    /** A factor for each of as many equal parts. */
    private static float[] scaled(final float[] values, final float[] factors) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factors[i / (values.length / factors.length)];
        }
        return values;
    }

    private static float[] added(final float[] values, final float[] others) {
        for (int i = 0; i < values.length; i++) {
            values[i] += others[i];
        }
        return values;
    }
}
