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
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.model.Parameter;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Samples;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
                .optimizer(new Sgd(0.9f, 1e-4f))
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

    @Test
    void shouldAllocateNothingInAStepOnceWarm() {
        final Network network = new Network(Initializer.initialise(Models.byName("mlp"), 1), engine, 32);
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
        assertTrue(e.getMessage().contains("[N, 100]"), e.getMessage());
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
