package dev.tern.distributed;

import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.Linear;
import dev.tern.model.Node;
import java.util.ArrayList;
import java.util.List;

/**
 * Two linear layers in a row that ranks have parts of: the first by its outputs, the second by the same numbers, its
 * inputs.
 *
 * @param units that lie between them
 */
record SplitPair(Node first, Node second, int units) {
    /**
     * A parameter that is shared out.
     *
     * @param dimension along which its units lie
     */
    record Shared(String parameter, int dimension, int units) {}

    /** All pairs of a graph with at least {@code ranks} units, no two of which share a layer. */
    static List<SplitPair> of(final Graph whole, final int ranks) {
        final Graph graph = Fusion.fuse(whole);
        final List<SplitPair> pairs = new ArrayList<>();
        for (final Node second : graph.nodes()) {
            for (final Node first : graph.nodes()) {
                final boolean taken = pairs.stream().anyMatch(pair -> pair.second.equals(first));
                if (!taken && isPair(first, second, graph) && units(first, graph) >= ranks) {
                    pairs.add(new SplitPair(first, second, units(first, graph)));
                }
            }
        }
        return pairs;
    }

    private static boolean isPair(final Node first, final Node second, final Graph graph) {
        return first.layer() instanceof Linear
                && second.layer() instanceof Linear
                && second.inputs().contains(first.name())
                && graph.readers(first.name()) == 1
                && graph.readers(first.inputs().getFirst()) == 1;
    }

    private static int units(final Node first, final Graph graph) {
        return Math.toIntExact(graph.type(first.name()).sample().length(0));
    }

    List<Shared> shared() {
        final Linear outer = (Linear) first.layer();
        final Linear inner = (Linear) second.layer();
        final List<Shared> shared = new ArrayList<>();
        shared.add(new Shared(outer.weight(), 0, units));
        if (outer.bias() != null) {
            shared.add(new Shared(outer.bias(), 0, units));
        }
        shared.add(new Shared(inner.weight(), 1, units));
        return shared;
    }
}
