package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.model.Graph;
import dev.tern.model.MalformedFileException;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import dev.tern.model.Parameter;
import dev.tern.model.ValueType;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Samples;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final DataSet SAMPLE = EmbeddedSample.load();
    private static final Samples SMALL = SAMPLE.train().slice(0, 1000);
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.builder().threads(2).build();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    /** Chance is 10 %; a linear model reaches some 85 % on so few samples. */
    @Test
    void shouldLearnDigits() {
        final Graph fresh = Initializer.initialise(Models.perceptron("small", 784, 32, 10), 1);
        final Trainer trainer = new Trainer(fresh, engine).epochs(3).batch(32);
        final TrainingResult result = trainer.train(SAMPLE.train().slice(0, 3000));
        final double accuracy =
                Evaluation.of(result.graph(), SAMPLE.test(), engine).accuracy();
        assertTrue(accuracy >= 0.86, "accuracy " + accuracy);
        assertTrue(result.epochs().getLast().loss() < result.epochs().getFirst().loss() / 2);
    }

    @Test
    void shouldLearnDigitsBySgd() {
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        final TrainingResult result = new Trainer(fresh, engine)
                .epochs(2)
                .batch(20)
                .optimizer(new Sgd(0.9f).l2(1e-4f))
                .learningRate(LearningRate.cosine(0.05f))
                .train(SMALL);
        final double accuracy = result.epochs().getLast().validation().accuracy();
        assertTrue(accuracy >= 0.75, "validation accuracy " + accuracy);
    }

    @Test
    void shouldRepeatATrainingBitForBit() {
        assertArrayEquals(trainedWeights(7), trainedWeights(7));
    }

    @Test
    void shouldGoAnotherWayWithAnotherSeed() {
        assertFalse(Arrays.equals(trainedWeights(7), trainedWeights(8)));
    }

    /** With layers that draw, and that observe: what a kill after the second epoch leaves is enough to go on from. */
    @Test
    void shouldGoOnFromACheckpointBitForBit(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("training.safetensors");
        final Samples samples = SMALL.slice(0, 300);
        final Graph whole = convolutional(engine).train(samples).graph();
        final Trainer killed = convolutional(engine).checkpoint(file).listener(new TrainingListener() {
            @Override
            public void epochDone(final EpochResult result) {
                if (result.epoch() == 2) {
                    throw new IllegalStateException("killed");
                }
            }
        });
        assertThrows(IllegalStateException.class, () -> killed.train(samples));
        final Checkpoint checkpoint = Checkpoint.read(file);
        assertEquals(2, checkpoint.epochs().size());
        assertFalse(checkpoint.choices().isEmpty());
        try (Engine another =
                Engine.builder().threads(2).choices(checkpoint.choices()).build()) {
            final TrainingResult resumed =
                    convolutional(another).resume(checkpoint).train(samples);
            assertEquals(4, resumed.epochs().size());
            whole.parameters()
                    .keySet()
                    .forEach(name -> assertArrayEquals(weights(whole, name), weights(resumed.graph(), name), name));
        }
        assertEquals(whole.nodes(), ModelFile.read(file).nodes(), "a checkpoint is a model too");
    }

    private static Trainer convolutional(final Engine engine) {
        final Graph graph = Graph.builder("images")
                .input("x", ValueType.f32(28, 28, 1))
                .conv2d("conv", 4, Window.of(5, 5).stride(3))
                .batchNorm("norm")
                .relu("relu")
                .dropout("drop", 0.2f)
                .flatten("rows")
                .linear("fc", 10)
                .build();
        return new Trainer(Initializer.initialise(graph, 3), engine)
                .epochs(4)
                .batch(48)
                .learningRate(LearningRate.cosine(0.01f).warmUp(3));
    }

    @Test
    void shouldRefuseToGoOnWithOtherSettings(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("training.safetensors");
        final Samples samples = SMALL.slice(0, 100);
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        new Trainer(fresh, engine)
                .epochs(1)
                .describe("data", "a")
                .checkpoint(file)
                .train(samples);
        final Checkpoint made = Checkpoint.read(file);
        refused(
                "batch: got 7, allowed: 64",
                new Trainer(fresh, engine).epochs(1).batch(7).describe("data", "a"),
                made);
        refused("data: got b, allowed: a", new Trainer(fresh, engine).epochs(1).describe("data", "b"), made);
        refused(
                "optimizer: got Sgd, allowed: Adam",
                new Trainer(fresh, engine).epochs(1).describe("data", "a").optimizer(new Sgd(0)),
                made);
    }

    private static void refused(final String said, final Trainer trainer, final Checkpoint from) {
        final Samples samples = SMALL.slice(0, 100);
        final Exception e = assertThrows(
                IllegalArgumentException.class, () -> trainer.resume(from).train(samples));
        assertTrue(e.getMessage().startsWith(said), e.getMessage());
    }

    @Test
    void shouldSayWhereACheckpointIsDamaged(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("training.safetensors");
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        ModelFile.write(fresh, file);
        assertTrue(assertThrows(MalformedFileException.class, () -> Checkpoint.read(file))
                .getMessage()
                .contains("no 'tern.training'"));
        new Trainer(fresh, engine).epochs(1).checkpoint(file).train(SMALL.slice(0, 50));
        final byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 5));
        assertTrue(assertThrows(MalformedFileException.class, () -> Checkpoint.read(file))
                .getMessage()
                .contains("at byte"));
        final String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(file, text.replace("\\\"passes\\\":", "\\\"posses\\\":").getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(assertThrows(MalformedFileException.class, () -> Checkpoint.read(file))
                .getMessage()
                .contains("posses"));
    }

    @Test
    void shouldStopEarlyAndYieldTheBestEpoch(@TempDir final Path folder) throws IOException {
        final Path file = folder.resolve("training.safetensors");
        final Graph fresh = Initializer.initialise(Models.perceptron("small", 784, 32, 10), 1);
        final TrainingResult result = new Trainer(fresh, engine)
                .epochs(60)
                .batch(10)
                .validation(0.5)
                .optimizer(new Sgd(0.9f))
                .learningRate(LearningRate.constant(0.05f))
                .patience(2)
                .checkpoint(file)
                .train(SMALL.slice(0, 300));
        final List<Double> losses =
                result.epochs().stream().map(epoch -> epoch.validation().loss()).toList();
        assertTrue(losses.size() < 60, losses.toString());
        assertEquals(losses.size() - 3, losses.indexOf(Collections.min(losses)), losses.toString());
        final Checkpoint last = Checkpoint.read(file);
        assertArrayEquals(weights(last.best(), "fc1.weight"), weights(result.graph(), "fc1.weight"));
        assertFalse(Arrays.equals(weights(last.graph(), "fc1.weight"), weights(result.graph(), "fc1.weight")));
    }

    @Test
    void shouldStepOnTheGradientOfAllSamples() {
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        final Graph[] trained = new Graph[2];
        for (int i = 0; i < 2; i++) {
            final Trainer trainer = new Trainer(fresh, engine)
                    .epochs(3)
                    .validation(0)
                    .optimizer(new Sgd(0))
                    .learningRate(LearningRate.constant(0.1f));
            trained[i] = (i == 0 ? trainer.batch(100) : trainer.batch(33).fullBatch())
                    .train(SMALL.slice(0, 100))
                    .graph();
        }
        assertArrayEquals(weights(trained[0], "fc1.weight"), weights(trained[1], "fc1.weight"), 1e-6f);
        assertFalse(Arrays.equals(weights(fresh, "fc1.weight"), weights(trained[1], "fc1.weight")));
    }

    /** Chance is 10 %. */
    @ParameterizedTest
    @ValueSource(strings = {"mlp", "lenet-300-100", "lenet-5", "lstm"})
    void shouldTrainEveryModel(final String name) {
        final Graph fresh = Initializer.initialise(Models.byName(name), 1);
        final TrainingResult result = new Trainer(fresh, engine)
                .epochs(3)
                .batch(20)
                .learningRate(LearningRate.cosine(2e-3f))
                .train(SAMPLE.train().slice(0, 1500));
        final double accuracy = result.epochs().getLast().validation().accuracy();
        assertTrue(accuracy >= 0.75, name + ": validation accuracy " + accuracy);
    }

    private static float[] trainedWeights(final long seed) {
        final Graph fresh = Initializer.initialise(Models.perceptron("small", 784, 16, 10), 3);
        final TrainingResult result =
                new Trainer(fresh, engine).epochs(2).batch(48).seed(seed).train(SMALL.slice(0, 500));
        return result.graph().parameters().get("fc1.weight").tensor().toFloats();
    }

    @Test
    void shouldDrawTheSameWeightsForASeed() {
        final Graph graph = Models.byName("lenet-300-100");
        final float[] first = weights(Initializer.initialise(graph, 5), "fc2.weight");
        assertArrayEquals(first, weights(Initializer.initialise(graph, 5), "fc2.weight"));
        assertFalse(Arrays.equals(first, weights(Initializer.initialise(graph, 6), "fc2.weight")));
        final double bound = Math.sqrt(6.0 / 300);
        double square = 0;
        for (final float weight : first) {
            assertTrue(Math.abs(weight) <= bound);
            square += weight * weight;
        }
        assertEquals(2.0 / 300, square / first.length, 2e-4, "the variance that He et al. ask for");
    }

    private static float[] weights(final Graph graph, final String name) {
        return graph.parameters().get(name).tensor().toFloats();
    }

    @Test
    void shouldReportEveryStepAndEpoch() {
        final List<Integer> seen = new ArrayList<>();
        final List<EpochResult> epochs = new ArrayList<>();
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        new Trainer(fresh, engine)
                .epochs(2)
                .batch(40)
                .validation(0.1)
                .listener(new TrainingListener() {
                    @Override
                    public void stepDone(final int epoch, final int done, final int samples, final double loss) {
                        assertEquals(90, samples);
                        assertTrue(loss > 0 && loss < 4, "loss " + loss);
                        seen.add(epoch * 1000 + done);
                    }

                    @Override
                    public void epochDone(final EpochResult result) {
                        epochs.add(result);
                    }
                })
                .train(SMALL.slice(0, 100));
        assertEquals(List.of(1040, 1080, 1090, 2040, 2080, 2090), seen);
        assertEquals(10, epochs.getLast().validation().samples());
    }

    @Test
    void shouldStopWhenTheLossIsNoLongerANumber() {
        final Graph fresh = Initializer.initialise(Models.perceptron("linear", 784, 10), 1);
        final Trainer trainer = new Trainer(fresh, engine).learningRate(LearningRate.constant(Float.MAX_VALUE));
        final Exception e = assertThrows(TrainingDivergedException.class, () -> trainer.train(SMALL));
        assertTrue(e.getMessage().matches(".*epoch 1, step \\d.*fc1.*"), e.getMessage());
    }

    static List<Graph> feedForward() {
        final Graph images = Graph.builder("images")
                .input("x", ValueType.f32(28, 28, 1))
                .conv2d("conv", 4, Window.of(5, 5).stride(3))
                .batchNorm("norm1")
                .binarizedConv2d("signs", 5, Window.of(3, 3))
                .maxPool("max", Window.of(2, 2))
                .averagePool("average", Window.of(2, 2))
                .relu("relu")
                .dropout("drop", 0.2f)
                .flatten("rows")
                .binarizedLinear("hidden", 12)
                .linear("fc", 10)
                .build();
        return List.of(Models.byName("mlp"), images);
    }

    @ParameterizedTest
    @MethodSource("feedForward")
    void shouldAllocateNothingInAStepOnceWarm(final Graph graph) {
        final Network network = new Network(Initializer.initialise(graph, 1), engine, 32);
        final Optimizer adam = new Adam();
        final Loss entropy = new SoftmaxCrossEntropy();
        final BatchLoader loader = new BatchLoader(SMALL, engine, 32);
        final int[] order = new int[SMALL.size()];
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE; // the compiler allocates on no schedule of ours, so the best of some rounds
        for (int round = 0; round < 20; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int step = 0; step < 10; step++) {
                final int batch = 31 + (step & 1);
                final Tensor labels = loader.load(order, step, batch, network.input(batch));
                network.forward(batch);
                entropy.evaluate(network.output(batch), labels, network.outputGradient(batch));
                network.backward(batch);
                adam.step(network.parameters(), 1e-3f, engine);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }

    @Test
    void shouldRefuseSamplesOfAnotherSize() {
        final Graph graph = Models.perceptron("other", 100, 10);
        final Exception e = assertThrows(IllegalArgumentException.class, () -> Evaluation.of(graph, SMALL, engine));
        assertTrue(e.getMessage().contains("allowed: 100 elements"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Trainer(graph, engine).train(SMALL));
        assertThrows(IllegalArgumentException.class, () -> new Trainer(graph, engine).epochs(0));
        assertThrows(IllegalArgumentException.class, () -> new Trainer(graph, engine).validation(1));
    }

    @Test
    void shouldCountWhatAClassifierGetsRight() {
        // A model that always answers 3: right for one sample in ten.
        final Graph blank = Models.perceptron("blank", 784, 10);
        final float[] bias = new float[10];
        bias[3] = 1;
        final Graph threes = blank.withParameters(List.of(Parameter.of("fc1.bias", Tensor.of(Shape.of(10), bias))));
        final Evaluation evaluation = Evaluation.of(threes, SAMPLE.test(), engine);
        assertEquals(0.1, evaluation.accuracy());
        final double others = Math.log(9 + Math.E);
        assertEquals(others - 0.1, evaluation.loss(), 1e-6);
    }
}
