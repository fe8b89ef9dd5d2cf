package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.Window;
import dev.tern.model.Graph;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import dev.tern.model.ValueType;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.ImageFormat;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AugmentedTrainingTest {
    private static final Samples DIGITS = EmbeddedSample.load().train().slice(0, 300);
    private static final Transform TRANSFORM = Transform.none(new ImageFormat(24, 24, 3))
            .withFlips()
            .withJitter(0.2f, 0.2f)
            .normalized(Normalization.of(DIGITS));
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.builder().threads(2).build();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    /** A network of colour images learns grey ones that are larger. */
    private static Trainer trainer(final Engine engine) {
        final Graph graph = Graph.builder("crops")
                .input("x", ValueType.f32(24, 24, 3))
                .conv2d("conv", 4, Window.of(5, 5).stride(3))
                .relu("relu")
                .flatten("rows")
                .linear("fc", 10)
                .build();
        return new Trainer(Initializer.initialise(graph, 3), engine)
                .epochs(3)
                .batch(48)
                .learningRate(LearningRate.cosine(0.01f));
    }

    @Test
    void shouldGoOnFromACheckpointBitForBit(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("training.safetensors");
        final Graph whole = trainer(engine).transform(TRANSFORM).train(DIGITS).graph();
        final Trainer killed = trainer(engine)
                .transform(TRANSFORM)
                .checkpoint(file)
                .listener(new TrainingListener() {
                    @Override
                    public void epochDone(final EpochResult result) {
                        throw new IllegalStateException("killed");
                    }
                });
        assertThrows(IllegalStateException.class, () -> killed.train(DIGITS));
        final Checkpoint checkpoint = Checkpoint.read(file);
        final Exception e = assertThrows(
                IllegalArgumentException.class,
                () -> trainer(engine)
                        .transform(TRANSFORM.withJitter(0, 0))
                        .resume(checkpoint)
                        .train(DIGITS));
        assertTrue(e.getMessage().startsWith("transform: got "), e.getMessage());
        try (Engine another =
                Engine.builder().threads(2).choices(checkpoint.choices()).build()) {
            final Graph resumed = trainer(another)
                    .transform(TRANSFORM)
                    .resume(checkpoint)
                    .train(DIGITS)
                    .graph();
            for (final String name : whole.parameters().keySet()) {
                assertArrayEquals(weights(whole, name), weights(resumed, name), name);
            }
        }
    }

    private static float[] weights(final Graph graph, final String name) {
        return graph.parameters().get(name).tensor().toFloats();
    }

    /** What the model was trained with goes into its file and is used to judge it; without, it judges otherwise. */
    @Test
    void shouldBeEvaluatedAsItWasTrained(@TempDir final Path folder) throws IOException {
        final TrainingResult result = trainer(engine).transform(TRANSFORM).train(DIGITS);
        assertTrue(result.epochs().getLast().loss() < result.epochs().getFirst().loss());
        final Path file = folder.resolve("model.safetensors");
        ModelFile.write(result.graph(), file);
        final Graph back = ModelFile.read(file);
        assertEquals(TRANSFORM, Transform.of(back, DIGITS.format()));
        final Evaluation expected = Evaluation.of(result.graph(), DIGITS, engine);
        assertEquals(expected, Evaluation.of(back, DIGITS, engine));
        assertEquals(expected, Evaluation.of(back, DIGITS, engine), "nothing is drawn");
        final Graph plain = Transform.none(TRANSFORM.output()).on(back);
        assertFalse(expected.equals(Evaluation.of(plain, DIGITS, engine)));
    }

    @Test
    void shouldCropWithoutBeingTold() {
        final TrainingResult result = trainer(engine).train(DIGITS);
        assertTrue(result.graph().metadata().isEmpty());
        assertTrue(Evaluation.of(result.graph(), DIGITS, engine).accuracy() > 0.3);
    }

    @Test
    void shouldRefuseATransformOfAnotherSize() {
        final Exception e = assertThrows(
                IllegalArgumentException.class,
                () -> trainer(engine).transform(Transform.none(new ImageFormat(20, 20, 3))));
        assertTrue(e.getMessage().contains("allowed: 1728 elements"), e.getMessage());
        final Trainer cifar = new Trainer(Initializer.initialise(Models.byName("mlp"), 1), engine);
        final Samples images = Samples.of(new ImageFormat(32, 32, 3), new byte[3072], new byte[1]);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> cifar.train(images))
                .getMessage()
                .contains("allowed: 784 elements"));
    }
}
