package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.model.BatchNorm;
import dev.tern.model.BatchNormFolding;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.model.GraphBuilder;
import dev.tern.model.Models;
import dev.tern.model.Parameter;
import dev.tern.model.ValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The models by name, through the executor of inference and through the network of training. */
class ModelsTest {
    private static final int BATCH = 5;
    private static final float TOLERANCE = 2e-5f;

    static List<String> names() {
        return Models.names();
    }

    /** As the architectures are published, or in the case of ours described. */
    @Test
    void shouldHaveAsManyParameters() {
        final Map<String, Integer> expected = Map.of(
                "mlp", 101_770,
                "lenet-300-100", 266_610,
                "lenet-5", 431_080,
                "cnn", 896 + 18_496 + 295_040 + 1290,
                "lstm", 4 * 128 * (28 + 128 + 1) + 4 * 128 * (128 + 128 + 1) + 1290);
        expected.forEach(
                (name, count) -> assertEquals(count * 4L, Models.byName(name).parameterBytes(), name));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldComputeTheSameInTrainingAndOnEveryBackend(final String name) {
        final Graph graph = Initializer.initialise(Models.byName(name), 3);
        final Tensor x = random(graph.inputType());
        final float[] expected = run(graph, x, "cpu:reference");
        assertTrue(Arrays.stream(largest(expected)).anyMatch(column -> column != largest(expected)[0]), "all alike");
        assertArrayEquals(expected, run(graph, x, "cpu"), TOLERANCE);
        try (Engine engine = Engine.builder().threads(2).build()) {
            final Network network = new Network(graph, engine, BATCH + 2);
            x.copyTo(network.input(BATCH));
            network.forward(BATCH);
            assertArrayEquals(expected, network.output(BATCH).toFloats(), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "none"})
    void shouldFoldNormalizationsIntoTheLayersBefore(final String after) {
        final GraphBuilder builder = Graph.builder("g")
                .input("x", ValueType.f32(6, 5, 3))
                .conv2d("c", 4, Window.of(3, 3))
                .batchNorm("b1");
        final Graph graph = Initializer.initialise(
                (after.equals("relu") ? builder.relu("r") : builder)
                        .flatten("f")
                        .linear("fc", 7)
                        .batchNorm("b2")
                        .build(),
                1);
        final Graph observed = graph.withParameters(statistics(graph));
        final Graph folded = BatchNormFolding.fold(observed);
        assertTrue(folded.nodes().stream().noneMatch(node -> node.layer().kind().equals("batch_norm")));
        assertEquals(
                List.of("c.weight", "c.bias", "fc.weight", "fc.bias"),
                List.copyOf(folded.parameters().keySet()));
        final Tensor x = random(graph.inputType());
        assertArrayEquals(normalized(observed, x), run(observed, x, "cpu:reference"), TOLERANCE);
    }

    /** What no layer of sums comes before is computed as it stands. */
    @Test
    void shouldNormalizeWhereNothingCanBeFolded() {
        final Graph graph = Graph.builder("g")
                .input("x", ValueType.f32(4, 4, 3))
                .batchNorm("b")
                .build();
        final Graph observed = graph.withParameters(statistics(graph));
        final Tensor x = random(graph.inputType());
        assertArrayEquals(normalized(observed, x), run(observed, x, "cpu"), 1e-6f);
    }

    /** The same graph layer by layer, each normalization by its definition. */
    private static float[] normalized(final Graph graph, final Tensor x) {
        final Tensor[] value = {x};
        graph.nodes().forEach(node -> {
            if (node.layer() instanceof final BatchNorm norm) {
                value[0] = byDefinition(norm, graph.parameters(), value[0]);
            } else if (node.layer().isView()) {
                value[0] = value[0].reshape(graph.type(node.name()).shape(BATCH));
            } else {
                final ValueType type = graph.type(node.inputs().getFirst());
                final GraphBuilder single = Graph.builder(node.name()).input("x", type);
                node.layer()
                        .parameters()
                        .forEach(name -> single.parameter(graph.parameters().get(name)));
                final Graph one = single.add(node.name(), node.layer()).build();
                value[0] = Tensor.of(one.outputType().shape(BATCH), run(one, value[0], "cpu:reference"));
            }
        });
        return value[0].toFloats();
    }

    private static Tensor byDefinition(final BatchNorm norm, final Map<String, Parameter> parameters, final Tensor x) {
        final float[] scale = parameters.get(norm.scale()).tensor().toFloats();
        final float[] shift = parameters.get(norm.shift()).tensor().toFloats();
        final float[] mean = parameters.get(norm.mean()).tensor().toFloats();
        final float[] variance = parameters.get(norm.variance()).tensor().toFloats();
        final float[] values = x.toFloats();
        for (int i = 0; i < values.length; i++) {
            final int c = i % scale.length;
            values[i] = (float)
                    ((values[i] - mean[c]) / Math.sqrt((double) variance[c] + norm.epsilon()) * scale[c] + shift[c]);
        }
        return Tensor.of(x.shape(), values);
    }

    private static List<Parameter> statistics(final Graph graph) {
        final SplittableRandom random = new SplittableRandom(9);
        return graph.parameters().values().stream()
                .filter(parameter -> parameter.name().startsWith("b"))
                .map(parameter -> {
                    final float[] values = new float[(int) parameter.tensor().length(0)];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) random.nextDouble(0.5, 2);
                    }
                    return Parameter.of(
                            parameter.name(), Tensor.of(parameter.tensor().shape(), values));
                })
                .toList();
    }

    private static Tensor random(final ValueType type) {
        return Tensor.random(DataType.F32, type.shape(BATCH), new SplittableRandom(5));
    }

    private static float[] run(final Graph graph, final Tensor x, final String device) {
        try (Engine engine = Engine.builder().threads(2).device(device).build();
                Executor executor = Executor.compile(graph, engine, BATCH);
                ExecutionContext context = executor.newContext()) {
            final Tensor y = Tensor.allocate(DataType.F32, graph.outputType().shape(BATCH));
            context.run(x, y);
            return y.toFloats();
        }
    }

    /** The place of the largest number of each row. */
    private static int[] largest(final float[] y) {
        final int columns = y.length / BATCH;
        final int[] places = new int[BATCH];
        for (int i = 0; i < y.length; i++) {
            final int row = i / columns;
            places[row] = y[i] > y[row * columns + places[row]] ? i % columns : places[row];
        }
        return places;
    }
}
