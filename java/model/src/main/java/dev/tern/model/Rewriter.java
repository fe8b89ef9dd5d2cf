package dev.tern.model;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Copies the nodes of a graph, some of them absorbed by what came before. */
final class Rewriter {
    private final Graph graph;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, String> renamed = new HashMap<>();

    Rewriter(final Graph graph) {
        this.graph = graph;
    }

    /** The sums, without an activation yet, that nobody but {@code node} reads; null where it reads anything else. */
    Node ownSums(final Node node) {
        final String read = node.inputs().getFirst();
        final Node made = nodes.get(current(read));
        final boolean own = made != null
                && made.layer() instanceof final Weighted sums
                && sums.activation() == Activation.NONE
                && graph.readers(read) == 1;
        return own ? made : null;
    }

    private String current(final String value) {
        return renamed.getOrDefault(value, value);
    }

    void add(final Node node) {
        final List<String> inputs = node.inputs().stream().map(this::current).toList();
        nodes.put(node.name(), new Node(node.name(), node.layer(), inputs));
    }

    /** {@code earlier} becomes {@code layer}, whose value from now on is that of {@code node}. */
    void absorb(final Node node, final Node earlier, final Layer layer) {
        nodes.put(earlier.name(), new Node(earlier.name(), layer, earlier.inputs()));
        renamed.put(node.name(), earlier.name());
    }

    Stream<Layer> layers() {
        return nodes.values().stream().map(Node::layer);
    }

    /** Adds all nodes and the outputs to what {@code builder} begins with. */
    Graph build(final GraphBuilder builder) {
        nodes.values().forEach(builder::node);
        return builder.outputs(graph.outputs().stream().map(this::current).toList())
                .build();
    }
}
