package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GraphTest {
    @Test
    void shouldInferEveryTypeWithASymbolicBatch() {
        final Graph graph = Graph.builder("g")
                .input("image", ValueType.f32(4, 5))
                .flatten("rows")
                .linear("fc", 3)
                .softmax("p")
                .build();
        assertEquals(ValueType.f32(20), graph.type("rows"));
        assertEquals("F32[N, 3]", graph.outputType().toString());
        assertEquals(Shape.of(7, 4, 5), graph.inputType().shape(7));
        assertEquals(4 * (20 * 3 + 3), graph.parameterBytes());
        assertTrue(graph.toString().contains("fc = linear(rows): F32[N, 3]"), graph.toString());
    }

    @Test
    void shouldKnowTheModelsByName() {
        assertEquals(4 * (784 * 128 + 128 + 128 * 10 + 10), Models.byName("mlp").parameterBytes());
        assertEquals(266_610 * 4, Models.byName("lenet-300-100").parameterBytes());
        for (final String name : Models.names()) {
            assertEquals(name, Models.byName(name).name());
        }
        refused("mlp2", () -> Models.byName("mlp2"));
    }

    @Test
    void shouldStayAsItIsWhenAChangedOneIsMade() {
        final Graph graph = Models.perceptron("p", 3, 2);
        final Tensor other = Tensor.of(Shape.of(2), 1, 2f);
        final Graph changed = graph.withParameters(List.of(Parameter.of("fc1.bias", other)));
        assertSame(other, changed.parameters().get("fc1.bias").tensor());
        assertNotSame(other, graph.parameters().get("fc1.bias").tensor());
        assertThrows(
                UnsupportedOperationException.class, () -> graph.parameters().remove("fc1.bias"));
        assertEquals("yes", graph.withMetadata("k", "yes").metadata().get("k"));
        assertTrue(graph.metadata().isEmpty());
    }

    @Test
    void shouldRefuseNamesThatDoNotFit() {
        final GraphBuilder builder = Graph.builder("g").input("x", ValueType.f32(3));
        refused("two values named 'x'", () -> builder.relu("x"));
        refused("'y' is not made before", () -> builder.node(new Node("r", new Relu(), List.of("y"))));
        refused(
                "'y' is not made before",
                () -> Graph.builder("g")
                        .input("x", ValueType.f32(3))
                        .outputs(List.of("y"))
                        .build());
        refused("no parameter 'w'", () -> builder.add("l", new Linear("w", null, Activation.NONE, Precision.F32)));
        builder.parameter(Parameter.of("w", Tensor.allocate(DataType.F32, Shape.of(2, 3))));
        refused(
                "two parameters named 'w'",
                () -> builder.parameter(Parameter.of("w", Tensor.allocate(DataType.F32, Shape.of(2, 3)))));
        refused("no node reads the parameters [w]", builder::build);
        refused(
                "no parameter 'v'",
                () -> Models.byName("mlp")
                        .withParameters(List.of(Parameter.of("v", Tensor.allocate(DataType.F32, Shape.of(1))))));
        refused("value 'nope'", () -> Models.byName("mlp").type("nope"));
    }

    @Test
    void shouldRefuseShapesThatDoNotFit() {
        refused(
                "flatten it first",
                () -> Graph.builder("g").input("x", ValueType.f32(2, 3)).linear("l", 4));
        final Graph graph = Models.perceptron("p", 3, 2);
        refused("node 'fc1'", () -> replaced(graph, "fc1.weight", Tensor.allocate(DataType.F32, Shape.of(2, 4))));
        refused("[outputs, inputs]", () -> replaced(graph, "fc1.weight", Tensor.of(Shape.of(6), new float[6])));
        refused("wanted F32[2]", () -> replaced(graph, "fc1.bias", Tensor.of(Shape.of(3), new float[3])));
        refused("wanted F32[2]", () -> replaced(graph, "fc1.bias", Tensor.of(Shape.of(2), 1, 2)));
        refused(
                "takes 1 input, not 2",
                () -> Graph.builder("g")
                        .input("x", ValueType.f32(3))
                        .node(new Node("r", new Relu(), List.of("x", "x"))));
    }

    @Test
    void shouldRefusePrecisionsThatDoNotFit() {
        final ValueType bytes = new ValueType(Precision.u8(1 / 255f, 0), Shape.of(3));
        refused("relu takes F32", () -> Graph.builder("g").input("x", bytes).relu("r"));
        refused(
                "dequantize takes S8 or U8",
                () -> Graph.builder("g").input("x", ValueType.f32(3)).add("d", new Dequantize()));
        refused("quantize makes S8 or U8", () -> new Quantize(Precision.F32));
        refused("node 'l'", () -> Graph.builder("g").input("x", bytes).linear("l", 4));
        refused("integers have one", () -> new Precision(DataType.U8, null));
        refused("integers have one", () -> new Precision(DataType.F32, Quantization.symmetric(1)));
        refused("zero point 256", () -> Precision.u8(1, 256));
        refused(
                "one scale for the tensor",
                () -> new ValueType(new Precision(DataType.S8, Quantization.perChannel(1, 2)), Shape.of(2)));
        refused("with a quantization", () -> new Parameter("p", Tensor.of(Shape.of(1), 1f), Quantization.symmetric(1)));
        refused(
                "weight 'w' has no quantization",
                () -> Graph.builder("g")
                        .input("x", bytes)
                        .parameter(Parameter.of("w", Tensor.allocate(DataType.S8, Shape.of(2, 3))))
                        .add("l", new Linear("w", null, Activation.NONE, Precision.F32)));
    }

    @Test
    void shouldAskForOneInputOrOutputWhereItNeedsOne() {
        final Graph two = Models.perceptron("p", 3, 2, 2).withOutputs(List.of("fc1", "fc2"));
        assertThrows(IllegalStateException.class, two::outputType);
        assertEquals(2, two.readers("fc1"), "relu1 and the caller");
    }

    private static Graph replaced(final Graph graph, final String name, final Tensor tensor) {
        return graph.withParameters(List.of(Parameter.of(name, tensor)));
    }

    private static void refused(final String said, final Executable action) {
        final Exception e = assertThrows(IllegalArgumentException.class, action);
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }
}
