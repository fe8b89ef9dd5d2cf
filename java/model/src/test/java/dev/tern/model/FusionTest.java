package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class FusionTest {
    @Test
    void shouldFoldEachReluIntoTheLayerBefore() {
        final Graph fused = Fusion.fuse(Models.byName("lenet-300-100"));
        assertEquals(List.of("fc1", "fc2", "fc3"), names(fused));
        assertEquals(Activation.RELU, activation(fused, 0));
        assertEquals(Activation.RELU, activation(fused, 1));
        assertEquals(Activation.NONE, activation(fused, 2));
        assertEquals(List.of("fc1"), fused.nodes().get(1).inputs());
    }

    @Test
    void shouldNameAFoldedOutputByItsLayer() {
        final Graph fused = Fusion.fuse(input().linear("fc", 2).relu("r").build());
        assertEquals(List.of("fc"), fused.outputs());
    }

    @Test
    void shouldLeaveAValueThatOthersReadToo() {
        final Graph twice = input().linear("fc", 2).relu("r").build().withOutputs(List.of("r", "fc"));
        assertEquals(List.of("fc", "r"), names(Fusion.fuse(twice)));
        assertEquals(Activation.NONE, activation(Fusion.fuse(twice), 0));
    }

    @Test
    void shouldLeaveAReluThatFollowsSomethingElse() {
        final Graph graph =
                input().relu("first").linear("fc", 2).softmax("s").relu("last").build();
        assertEquals(List.of("first", "fc", "s", "last"), names(Fusion.fuse(graph)));
    }

    @Test
    void shouldChangeNothingTheSecondTime() {
        final Graph once = Fusion.fuse(Models.byName("mlp"));
        assertEquals(once.nodes(), Fusion.fuse(once).nodes());
        final Graph chain =
                Fusion.fuse(input().linear("fc", 2).relu("a").relu("b").build());
        assertEquals(List.of("fc", "b"), names(chain));
        assertEquals(List.of("fc"), chain.nodes().getLast().inputs());
    }

    private static GraphBuilder input() {
        return Graph.builder("g").input("x", ValueType.f32(3));
    }

    private static List<String> names(final Graph graph) {
        return graph.nodes().stream().map(Node::name).toList();
    }

    private static Activation activation(final Graph graph, final int node) {
        return ((Linear) graph.nodes().get(node).layer()).activation();
    }
}
