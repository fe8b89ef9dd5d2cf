package dev.tern.nn;

import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.Binarized;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.LstmLayer;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import dev.tern.model.Weighted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random weights to begin with: after He et al. (2015) where a ReLU follows, after Glorot and Bengio (2010) elsewhere,
 * both uniform. Biases are zero, but for 1 at the forget gates of an LSTM (Jozefowicz et al. 2015).
 */
public final class Initializer {
    private Initializer() {}

    /** The same seed gives the same weights. */
    public static Graph initialise(final Graph graph, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Parameter> drawn = new ArrayList<>();
        for (final Node node : Fusion.fuse(graph).nodes()) {
            switch (node.layer()) {
                case Weighted sums -> drawn.add(weights(sums, graph, random.split()));
                case Binarized binarized -> drawn.add(weights(binarized.sums(), graph, random.split()));
                case LstmLayer lstm -> {
                    drawn.add(weights(lstm, graph, random.split()));
                    drawn.add(forgetNothing(lstm, graph));
                }
                default -> {} // nothing to draw
            }
        }
        return graph.withParameters(drawn);
    }

    private static Parameter weights(final Weighted sums, final Graph graph, final SplittableRandom random) {
        final Shape shape = graph.parameters().get(sums.weight()).tensor().shape();
        final double fanIn = shape.elements() / (double) shape.length(0);
        final double fanOut = shape.elements() / (double) shape.length(shape.rank() - 1);
        final double bound =
                sums.activation() == Activation.RELU ? Math.sqrt(6 / fanIn) : Math.sqrt(6 / (fanIn + fanOut));
        return Parameter.of(sums.weight(), uniform(shape, bound, random));
    }

    /** Of x and h alike. */
    private static Parameter weights(final LstmLayer lstm, final Graph graph, final SplittableRandom random) {
        final Shape shape = graph.parameters().get(lstm.weight()).tensor().shape();
        final double bound = Math.sqrt(6.0 / (shape.length(0) / 4.0 + shape.length(1)));
        return Parameter.of(lstm.weight(), uniform(shape, bound, random));
    }

    private static Parameter forgetNothing(final LstmLayer lstm, final Graph graph) {
        final Shape shape = graph.parameters().get(lstm.bias()).tensor().shape();
        final int hidden = Math.toIntExact(shape.length(0) / 4);
        final float[] values = new float[4 * hidden];
        Arrays.fill(values, hidden, 2 * hidden, 1); // i, f, g, o
        return Parameter.of(lstm.bias(), Tensor.of(shape, values));
    }

    private static Tensor uniform(final Shape shape, final double bound, final SplittableRandom random) {
        final float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return Tensor.of(shape, values);
    }
}
