package dev.tern.nn;

import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.Linear;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random weights to begin with: after He et al. (2015) where a ReLU follows, after Glorot and Bengio (2010) elsewhere,
 * both uniform. Biases are zero.
 */
public final class Initializer {
    private Initializer() {}

    /** The same seed gives the same weights. */
    public static Graph initialise(final Graph graph, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Parameter> drawn = new ArrayList<>();
        for (final Node node : Fusion.fuse(graph).nodes()) {
            if (node.layer() instanceof final Linear linear) {
                final Shape shape =
                        graph.parameters().get(linear.weight()).tensor().shape();
                final double bound = linear.activation() == Activation.RELU
                        ? Math.sqrt(6.0 / shape.length(1))
                        : Math.sqrt(6.0 / (shape.length(0) + shape.length(1)));
                drawn.add(Parameter.of(linear.weight(), uniform(shape, bound, random.split())));
            }
        }
        return graph.withParameters(drawn);
    }

    private static Tensor uniform(final Shape shape, final double bound, final SplittableRandom random) {
        final float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return Tensor.of(shape, values);
    }
}
