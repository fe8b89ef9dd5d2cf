package dev.tern.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Folds each ReLU into the linear layer before it, where nothing else reads that layer's value. */
public final class Fusion {
    private Fusion() {}

    /** Computes the same values; a fused node keeps the linear layer's name. */
    public static Graph fuse(final Graph graph) {
        final List<Node> fused = new ArrayList<>();
        final Map<String, Integer> places = new HashMap<>();
        final Map<String, String> renamed = new HashMap<>();
        for (final Node node : graph.nodes()) {
            final List<String> inputs = node.inputs().stream()
                    .map(value -> renamed.getOrDefault(value, value))
                    .toList();
            final Integer before =
                    node.layer() instanceof Relu ? places.get(node.inputs().getFirst()) : null;
            if (before != null && graph.readers(node.inputs().getFirst()) == 1) {
                final Node linear = fused.get(before);
                fused.set(before, new Node(linear.name(), withRelu(linear.layer()), linear.inputs()));
                renamed.put(node.name(), linear.name());
                continue;
            }
            if (node.layer() instanceof final Linear linear && linear.activation() == Activation.NONE) {
                places.put(node.name(), fused.size());
            }
            fused.add(new Node(node.name(), node.layer(), inputs));
        }
        final GraphBuilder builder = graph.empty();
        fused.forEach(builder::node);
        return builder.outputs(graph.outputs().stream()
                        .map(value -> renamed.getOrDefault(value, value))
                        .toList())
                .build();
    }

    private static Layer withRelu(final Layer layer) {
        return ((Linear) layer).with(Activation.RELU);
    }
}
