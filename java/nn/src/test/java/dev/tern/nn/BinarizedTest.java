package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.model.Activation;
import dev.tern.model.Binarized;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.model.Linear;
import dev.tern.model.Parameter;
import dev.tern.model.Precision;
import dev.tern.model.ValueType;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinarizedTest {
    private static final int BATCH = 3;
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.builder().threads(2).build();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    /** Signs with padding that is neither, then rows whose length fills no word. Sums of signs are exact. */
    private static Graph both() {
        return Initializer.initialise(
                Graph.builder("signs")
                        .input("x", ValueType.f32(6, 5, 7))
                        .binarizedConv2d("c", 9, Window.of(3, 3).stride(2, 1).padding(1))
                        .flatten("f")
                        .binarizedLinear("l", 11)
                        .build(),
                4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu:reference", "cpu:native"})
    void shouldMultiplySignsAsTrainingDoes(final String device) {
        final Graph graph = both();
        final Tensor x = Tensor.random(DataType.F32, graph.inputType().shape(BATCH), new SplittableRandom(5));
        final Network network = new Network(graph, engine, BATCH + 1);
        x.copyTo(network.input(BATCH));
        network.forward(BATCH);
        try (Engine pinned = Engine.builder().threads(2).device(device).build();
                Executor executor = Executor.compile(graph, pinned, BATCH + 2);
                ExecutionContext context = executor.newContext()) {
            final Tensor y = Tensor.allocate(DataType.F32, graph.outputType().shape(BATCH));
            context.run(x, y);
            assertArrayEquals(network.output(BATCH).toFloats(), y.toFloats());
        }
    }

    /** By the formulas: alpha 2 and 0.5; a weight and an input beyond 1 let nothing through. */
    @Test
    void shouldGoStraightThroughSigns() {
        final float[] first = {1, 0, 0, 1}; // hands the inputs on
        final float[] w = {3, -1, -0.25f, 0.75f};
        final Graph graph = Graph.builder("g")
                .input("x", ValueType.f32(2))
                .linear("fc", 2)
                .binarizedLinear("b", 2)
                .build()
                .withParameters(List.of(
                        Parameter.of("fc.weight", Tensor.of(Shape.of(2, 2), first)),
                        Parameter.of("b.weight", Tensor.of(Shape.of(2, 2), w))));
        final Network network = new Network(graph, engine, 1);
        Tensor.of(Shape.of(1, 2), 0.5f, -4).copyTo(network.input(1));
        network.forward(1);
        // signs 1, -1 times 2, -2 and -0.5, 0.5
        assertArrayEquals(new float[] {4, -1}, network.output(1).toFloats());
        Tensor.of(Shape.of(1, 2), 10f, 100).copyTo(network.outputGradient(1));
        network.backward(1);
        // du = dy * sign(x); dw = du * (1/2 + alpha where |w| <= 1)
        assertArrayEquals(
                new float[] {10 * 0.5f, -10 * 2.5f, 100 * 1f, -100 * 1f},
                network.parameters().get("b.weight").gradient().toFloats());
        // ds = 10 * 2 - 100 * 0.5 = -30 for the first input; the second is beyond 1
        assertArrayEquals(
                new float[] {-30, 0},
                network.parameters().get("fc.bias").gradient().toFloats());
    }

    @Test
    void shouldAddUpGradientsOfSharedSigns() {
        final Binarized shared = new Binarized(new Linear("w", null, Activation.NONE, Precision.F32));
        final Graph graph = Graph.builder("g")
                .input("x", ValueType.f32(1))
                .parameter(Parameter.of("w", Tensor.of(Shape.of(1, 1), 0.5f)))
                .add("first", shared)
                .add("second", shared)
                .build();
        final Network network = new Network(graph, engine, 1);
        Tensor.of(Shape.of(1, 1), -2f).copyTo(network.input(1));
        network.forward(1);
        assertArrayEquals(new float[] {-0.5f}, network.output(1).toFloats());
        Tensor.of(Shape.of(1, 1), 1f).copyTo(network.outputGradient(1));
        network.backward(1);
        // second: du = -1, dw = -1 * 1.5; ds = 0.5 reaches first: du = -0.5, dw = -0.5 * 1.5
        assertArrayEquals(
                new float[] {-2.25f}, network.parameters().get("w").gradient().toFloats());
    }

    @Test
    void shouldRefuseABias() {
        final Linear biased = new Linear("w", "b", Activation.NONE, Precision.F32);
        final String said = assertThrows(IllegalArgumentException.class, () -> new Binarized(biased))
                .getMessage();
        assertTrue(said.startsWith("sums: got Linear"), said);
    }

    /** Chance is 10 %. */
    @Test
    void shouldLearnDigitsBySigns() {
        final Graph graph = Graph.builder("xnor")
                .input("x", ValueType.f32(28, 28, 1))
                .conv2d("c1", 16, Window.of(5, 5).stride(2))
                .batchNorm("n1")
                .binarizedConv2d("c2", 32, Window.of(3, 3).padding(1))
                .maxPool("p", Window.of(2, 2).stride(2))
                .batchNorm("n2")
                .flatten("f")
                .binarizedLinear("l", 64)
                .batchNorm("n3")
                .linear("fc", 10)
                .build();
        final DataSet sample = EmbeddedSample.load();
        final TrainingResult result = new Trainer(Initializer.initialise(graph, 1), engine)
                .epochs(3)
                .batch(25)
                .optimizer(new Adam(0.9f, 0.999f, 0))
                .learningRate(LearningRate.cosine(5e-3f))
                .train(sample.train().slice(0, 2500));
        final Evaluation test = Evaluation.of(result.graph(), sample.test(), engine);
        assertTrue(test.accuracy() > 0.8, "accuracy " + test.accuracy());
        assertEquals(1000, test.samples());
    }
}
