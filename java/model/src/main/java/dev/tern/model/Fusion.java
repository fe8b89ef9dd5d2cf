package dev.tern.model;

/** Folds each ReLU into the weighted sums before it, where nothing else reads those. */
public final class Fusion {
    private Fusion() {}

    /** Computes the same values; a fused node keeps the name of the layer of sums. */
    public static Graph fuse(final Graph graph) {
        final Rewriter rewriter = new Rewriter(graph);
        for (final Node node : graph.nodes()) {
            final Node sums = node.layer() instanceof Relu ? rewriter.ownSums(node) : null;
            if (sums == null) {
                rewriter.add(node);
            } else {
                rewriter.absorb(node, sums, ((Weighted) sums.layer()).with(Activation.RELU));
            }
        }
        return rewriter.build(graph.empty());
    }
}
