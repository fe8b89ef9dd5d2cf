package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.model.Parameter;
import dev.tern.model.ValueType;
import dev.tern.nn.ParameterSet.Trained;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OptimizerTest {
    /** Rate 0.5, momentum 0.5, decay 0.25 on the weight alone, gradient 1, 2, 4; every number is exact in binary. */
    @Test
    void shouldStepSgdAsByHand() {
        // v1 = 0 + 1 + 0.25*8 = 3        w1 = 8 - 1.5 = 6.5
        // v2 = 1.5 + 2 + 0.25*6.5 = 5.125      w2 = 6.5 - 2.5625 = 3.9375
        // v3 = 2.5625 + 4 + 0.25*3.9375 = 7.546875     w3 = 3.9375 - 3.7734375 = 0.1640625
        final float[] weights = steps(new Sgd(0.5f).l2(0.25f), 0.5f, "fc.weight", 8, 1, 2, 4);
        assertArrayEquals(new float[] {6.5f, 3.9375f, 0.1640625f}, weights);
        // v = 1, 2.5, 5.25: no decay
        final float[] biases = steps(new Sgd(0.5f).l2(0.25f), 0.5f, "fc.bias", 8, 1, 2, 4);
        assertArrayEquals(new float[] {7.5f, 6.25f, 3.625f}, biases);
    }

    @Test
    void shouldStepPlainGradientDescentWithoutMomentum() {
        assertArrayEquals(new float[] {7.5f, 6.5f, 4.5f}, steps(new Sgd(0), 0.5f, "fc.weight", 8, 1, 2, 4));
    }

    @Test
    void shouldLookAheadAsNesterovDoes() {
        // v = 1, 2.5, 5.25; w -= 0.5 * (g + 0.5 * v)
        final float[] weights = steps(Sgd.nesterov(0.5f), 0.5f, "fc.weight", 8, 1, 2, 4);
        assertArrayEquals(new float[] {7.25f, 5.625f, 2.3125f}, weights);
    }

    @Test
    void shouldShrinkTheStepsOfAdagrad() {
        // s = 9, 25, 25: steps of 3/3, 4/5 and 0
        final float[] weights = steps(new Adagrad(), 1, "fc.weight", 8, 3, 4, 0);
        assertArrayEquals(new float[] {7, 6.2f, 6.2f}, weights, 1e-6f);
    }

    @Test
    void shouldPenalizeWeightsAndNotBiases() {
        assertArrayEquals(new float[] {6.75f}, steps(new Sgd(0).l1(0.25f), 1, "fc.weight", 8, 1));
        assertArrayEquals(new float[] {-6.75f}, steps(new Sgd(0).l1(0.25f), 1, "fc.weight", -8, -1));
        assertArrayEquals(new float[] {7}, steps(new Sgd(0).l1(0.25f).l2(1), 1, "fc.bias", 8, 1));
    }

    @Test
    void shouldShortenLongGradientsAlone() {
        // 4 is taken for 2, and 1 as it is; of three weights the norm of 2, 2, 2 is sqrt(12)
        assertArrayEquals(new float[] {7, 6.5f}, steps(new Sgd(0).clip(2), 0.5f, "fc.bias", 8, 4, 1));
        final float weight = steps(new Sgd(0).clip(1), 1, "fc.weight", 8, 2)[0];
        assertEquals(8 - 2 / Math.sqrt(12), weight, 1e-6);
    }

    /** The state that a checkpoint keeps: three steps at once, or two, and one by another instance. */
    @Test
    void shouldGoOnFromItsMemory() {
        for (final Supplier<Optimizer> maker :
                List.<Supplier<Optimizer>>of(Adam::new, Adagrad::new, () -> new Sgd(0.9f), () -> Sgd.nesterov(0.9f))) {
            final float[] whole = steps(maker.get(), 0.1f, "fc.weight", 8, 1, 2, 4);
            try (Engine engine = Engine.builder().threads(1).build()) {
                final ParameterSet parameters = new ParameterSet(graph(3));
                final Trained weight = parameters.get("fc.weight");
                fill(weight.value(), 8);
                final Optimizer first = maker.get();
                for (final float gradient : new float[] {1, 2}) {
                    fill(weight.gradient(), gradient);
                    first.step(parameters, 0.1f, engine);
                }
                final Optimizer second = maker.get();
                second.resume(parameters, first.steps(), first.memory());
                fill(weight.gradient(), 4);
                second.step(parameters, 0.1f, engine);
                assertEquals(whole[2], weight.value().floatAt(0));
            }
        }
    }

    @Test
    void shouldRefuseTheMemoryOfAnotherModel() {
        final ParameterSet parameters = new ParameterSet(graph(3));
        final String said = assertThrows(
                        IllegalArgumentException.class, () -> new Adam().resume(parameters, 1, new float[7]))
                .getMessage();
        assertTrue(said.startsWith("memory: got 7"), said);
    }

    /** Beta1 0.5, beta2 0.75, rate 1: bias correction makes the first step 1 whatever the gradient. */
    @Test
    void shouldStepAdamAsByHand() {
        // g = 4: m = 2, v = 4; corrected 2/0.5 = 4, 4/0.25 = 16; step 4/sqrt(16) = 1
        // g = 0: m = 1, v = 3; corrected 1/0.75, 3/0.4375; step (4/3)/sqrt(48/7) = 0.50917508
        final float[] weights = steps(new Adam(0.5f, 0.75f, 0), 1, "fc.weight", 8, 4, 0);
        assertArrayEquals(new float[] {7, 7 - 0.50917508f}, weights, 1e-6f);
    }

    @Test
    void shouldDecayWeightsBesideTheAdamStep() {
        // 8 * (1 - 1 * 0.125) - 1 = 6; a bias only steps
        assertArrayEquals(new float[] {6}, steps(new Adam(0.5f, 0.75f, 0.125f), 1, "fc.weight", 8, 4), 1e-6f);
        assertArrayEquals(new float[] {7}, steps(new Adam(0.5f, 0.75f, 0.125f), 1, "fc.bias", 8, 4), 1e-6f);
    }

    /** Blocks are 1,024 long: all elements of a long parameter move alike, on one thread and on three. */
    @Test
    void shouldTreatEveryElementAlikeOnAnyThreads() {
        for (final int threads : new int[] {1, 3}) {
            final float[] values = stepLong(threads);
            for (int i = 0; i < values.length; i++) {
                assertEquals(values[i % 7], values[i], "element " + i);
            }
        }
        assertArrayEquals(stepLong(1), stepLong(3));
    }

    /** 2,000 steps without a gradient after one with: what remains of it is 0 or a normal number. */
    @Test
    void shouldNotFadeIntoSubnormalNumbers() {
        for (final Optimizer optimizer : new Optimizer[] {new Sgd(0.9f), new Adam()}) {
            final float[] gradients = new float[2_000];
            gradients[0] = 1e-12f;
            steps(optimizer, 1e-3f, "fc.bias", 1, gradients);
            for (final float[] block : optimizer.state()) {
                for (final float state : block) {
                    assertTrue(state == 0 || Math.abs(state) >= Float.MIN_NORMAL, "state " + state);
                }
            }
        }
    }

    @Test
    void shouldRefuseToServeTwoTrainings() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            final Sgd sgd = new Sgd(0);
            sgd.step(new ParameterSet(graph(1)), 1, engine);
            assertThrows(IllegalStateException.class, () -> sgd.step(new ParameterSet(graph(1)), 1, engine));
        }
    }

    @Test
    void shouldFollowTheSchedule() {
        assertEquals(0.25f, LearningRate.constant(0.25f).at(7, 10));
        final LearningRate cosine = LearningRate.cosine(2);
        assertEquals(2, cosine.at(0, 100), 1e-6);
        assertEquals(1, cosine.at(50, 100), 1e-6);
        assertEquals(2 * 0.5 * (1 + Math.cos(Math.PI * 0.99)), cosine.at(99, 100), 1e-6);
        final LearningRate step = LearningRate.step(8, 0.5f, 4);
        assertEquals(
                List.of(8f, 8f, 4f, 1f), List.of(step.at(0, 40), step.at(9, 40), step.at(10, 40), step.at(35, 40)));
        final LearningRate warm = cosine.warmUp(4);
        assertEquals(
                List.of(0.5f, 1f, 1.5f, 2f),
                LongStream.range(0, 4).mapToObj(s -> warm.at(s, 104)).toList());
        assertEquals(cosine.at(50, 100), warm.at(54, 104));
    }

    private static float[] stepLong(final int threads) {
        try (Engine engine = Engine.builder().threads(threads).build()) {
            final ParameterSet parameters = new ParameterSet(graph(10_003));
            final Trained weight = parameters.get("fc.weight");
            final float[] pattern = new float[10_003];
            IntStream.range(0, pattern.length).forEach(i -> pattern[i] = 0.125f * (i % 7));
            Tensor.of(weight.gradient().shape(), pattern).copyTo(weight.gradient());
            final Adam adam = new Adam(0.9f, 0.999f, 0);
            for (int step = 0; step < 3; step++) {
                adam.step(parameters, 0.1f, engine);
            }
            return weight.value().toFloats();
        }
    }

    /** The values of one parameter after each step, all its elements being equal. */
    private static float[] steps(
            final Optimizer optimizer,
            final float rate,
            final String name,
            final float start,
            final float... gradients) {
        try (Engine engine = Engine.builder().threads(1).build()) {
            final ParameterSet parameters = new ParameterSet(graph(3));
            final Trained trained = parameters.get(name);
            fill(trained.value(), start);
            final float[] after = new float[gradients.length];
            for (int step = 0; step < after.length; step++) {
                fill(trained.gradient(), gradients[step]);
                optimizer.step(parameters, rate, engine);
                after[step] = trained.value().floatAt(0);
            }
            return after;
        }
    }

    private static void fill(final Tensor tensor, final float value) {
        final float[] values = new float[(int) tensor.shape().elements()];
        Arrays.fill(values, value);
        Tensor.of(tensor.shape(), values).copyTo(tensor);
    }

    private static Graph graph(final int inputs) {
        final Graph graph = Graph.builder("g")
                .input("x", ValueType.f32(inputs))
                .linear("fc", 1)
                .build();
        final float[] zeros = new float[inputs];
        return graph.withParameters(List.of(Parameter.of("fc.weight", Tensor.of(Shape.of(1, inputs), zeros))));
    }
}
