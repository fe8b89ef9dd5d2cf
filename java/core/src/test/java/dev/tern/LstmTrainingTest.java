package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The gradients of the reference, and of the products after it, against differences of a loss: the sum of all h, and of
 * the h and c that are left, each times a number of at most 1.
 */
class LstmTrainingTest {
    private static final long SEED = 20_261_123;
    private static final int INPUTS = 2;
    private static final int HIDDEN = 3;
    private static final int STEPS = 3;
    private static final int BATCH = 2;
    private static final float WEIGHT = 0.3f; // at most
    private static final float STEP = 0x1p-4f;

    /**
     * What rounding each h and c to f32 may do to the loss. With |c| at most t + 1 and three weights of 0.3 in each of
     * the four gates, dL/dh is at most 2, 7.5 and 24 from the last step to the first, and dL/dc 3, 10.5 and 34.5; so
     * the roundings of a cell, each times its derivative, are at most 146 units.
     */
    private static final double LOSS_ERROR = BATCH * HIDDEN * 146 * 0x1p-24;

    private final Engine engine =
            Engine.builder().device("cpu:reference").threads(1).build();
    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    private final Tensor weights = random(WEIGHT, 4 * HIDDEN, INPUTS + HIDDEN);
    private final Tensor bias = random(WEIGHT, 4 * HIDDEN);
    private final Tensor tape = random(1, STEPS + 1, BATCH, INPUTS + 6 * HIDDEN);
    private final Tensor dy = random(1, STEPS + 2, BATCH, HIDDEN);

    private Tensor random(final float most, final long... lengths) {
        final Tensor tensor = Tensor.allocate(DataType.F32, Shape.of(lengths));
        for (long i = 0; i < tensor.shape().elements(); i++) {
            tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, most * random.nextFloat(-1, 1));
        }
        return tensor;
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    private static LstmTraining training(final boolean stateful) {
        final Lstm layer = Lstm.of(INPUTS, HIDDEN);
        return (stateful ? layer.stateful() : layer).training();
    }

    private static Tensor copy(final Tensor tensor) {
        final Tensor copy = Tensor.allocate(tensor.type(), tensor.shape());
        tensor.copyTo(copy);
        return copy;
    }

    private Tensor forward(final LstmTraining training) {
        final Tensor run = copy(tape);
        engine.compile(training).run(weights, bias, run);
        return run;
    }

    private double loss(final LstmTraining training) {
        final Tensor run = forward(training);
        double loss = product(training.y(run), dy.first(STEPS));
        if (training.layer().isStateful()) {
            final Tensor left = training.state(run, STEPS);
            loss += product(left.slice(1, 0, HIDDEN), dy.entry(STEPS));
            loss += product(left.slice(1, HIDDEN, 2 * HIDDEN), dy.entry(STEPS + 1));
        }
        return loss;
    }

    private static double product(final Tensor x, final Tensor y) {
        final float[] first = x.toFloats();
        final float[] second = y.toFloats();
        double sum = 0;
        for (int i = 0; i < first.length; i++) {
            sum += (double) first[i] * second[i];
        }
        return sum;
    }

    @Test
    void shouldBeTheDerivativeFromZeros() {
        checkGradients(training(false));
    }

    @Test
    void shouldBeTheDerivativeWithState() {
        checkGradients(training(true));
    }

    private void checkGradients(final LstmTraining training) {
        final int rows = STEPS * BATCH;
        final boolean stateful = training.layer().isStateful();
        final Tensor run = forward(training);
        final Tensor flow = copy(stateful ? dy : dy.first(STEPS));
        engine.compile(training.backward()).run(training.layer().recurrentWeights(weights), flow, run);
        final Tensor gates = training.gates(run);

        final Tensor byWeights = Tensor.allocate(DataType.F32, weights.shape());
        engine.compile(training.byWeights(rows)).run(gates, training.terms(run), byWeights);
        requireDerivative(training, byWeights, weights);

        final Tensor ones = Tensor.allocate(DataType.F32, Shape.of(1, rows));
        ones.segment().copyFrom(Tensor.of(Shape.of(rows), filled(rows, 1)).segment());
        final Tensor byBias = Tensor.allocate(DataType.F32, Shape.of(1, 4 * HIDDEN));
        engine.compile(training.byBias(rows)).run(ones, gates, byBias);
        requireDerivative(training, byBias.reshape(bias.shape()), bias);

        final Tensor byInputs = Tensor.allocate(DataType.F32, Shape.of(rows, INPUTS));
        engine.compile(training.byInputs()).run(gates, training.layer().inputWeights(weights), byInputs);
        requireDerivative(training, byInputs.reshape(Shape.of(STEPS, BATCH, INPUTS)), training.x(tape));

        if (stateful) {
            final Tensor state = training.state(tape, 0);
            requireDerivative(training, flow.entry(STEPS), state.slice(1, 0, HIDDEN));
            requireDerivative(training, flow.entry(STEPS + 1), state.slice(1, HIDDEN, 2 * HIDDEN));
        }
    }

    private static float[] filled(final int count, final float value) {
        final float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    /**
     * Central differences of two lengths: that of half the length is off by a third of how far they are apart, and
     * terms of higher order, for which the rest stands.
     */
    private void requireDerivative(final LstmTraining training, final Tensor gradient, final Tensor by) {
        final float[] analytic = gradient.toFloats();
        final float[] values = by.toFloats();
        for (int i = 0; i < values.length; i++) {
            final int element = i;
            final double wide = difference(() -> loss(training), by, values, element, STEP);
            final double narrow = difference(() -> loss(training), by, values, element, STEP / 2);
            final double bound = Math.abs(wide - narrow) + LOSS_ERROR / (STEP / 2) + 0x1p-20;
            final double error = Math.abs(narrow - analytic[i]);
            assertTrue(error <= bound, by + " element " + i + ": error " + error + ", bound " + bound);
        }
    }

    private static double difference(
            final DoubleSupplier loss, final Tensor by, final float[] values, final int element, final float step) {
        final float[] moved = values.clone();
        moved[element] = values[element] + step;
        Tensor.of(by.shape(), moved).copyTo(by);
        final double above = loss.getAsDouble();
        final double length = (double) moved[element] - (values[element] - step);
        moved[element] = values[element] - step;
        Tensor.of(by.shape(), moved).copyTo(by);
        final double below = loss.getAsDouble();
        Tensor.of(by.shape(), values).copyTo(by);
        return (above - below) / length;
    }

    /** The same bits as the layer that keeps nothing. */
    @Test
    void shouldRunTheLayer() {
        final LstmTraining training = training(true);
        final Lstm layer = Lstm.of(INPUTS, HIDDEN).bias(bias.toFloats()).stateful();
        final Tensor run = forward(training);
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(STEPS, BATCH, HIDDEN));
        final Tensor state = Tensor.allocate(DataType.F32, Shape.of(2, BATCH, HIDDEN));
        final Tensor before = training.state(tape, 0);
        before.slice(1, 0, HIDDEN).copyTo(state.entry(0));
        before.slice(1, HIDDEN, 2 * HIDDEN).copyTo(state.entry(1));
        try (PackedWeights packed = engine.pack(layer, weights)) {
            engine.compile(packed).run(copy(training.x(tape)), state, y);
        }
        assertArrayEquals(y.toFloats(), training.y(run).toFloats());
        final Tensor left = training.state(run, STEPS);
        assertArrayEquals(state.entry(0).toFloats(), left.slice(1, 0, HIDDEN).toFloats());
        assertArrayEquals(
                state.entry(1).toFloats(), left.slice(1, HIDDEN, 2 * HIDDEN).toFloats());
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        final LstmTraining forward = training(false);
        final LstmTraining backward = forward.backward();
        final Tensor recurrent = forward.layer().recurrentWeights(weights);
        final Tensor flow = dy.first(STEPS);
        final Quantization one = Quantization.symmetric(1);
        refuses("layer", () -> Lstm.of(1, 1).quantization(DataType.U8, one, one).training());
        refuses("weights", () -> engine.pack(forward, weights));
        refuses("a shape", () -> engine.compile(forward).run(recurrent, bias, tape));
        refuses("b shape", () -> engine.compile(forward).run(weights, bias.first(3), tape));
        refuses("y shape", () -> engine.compile(forward).run(weights, bias, dy));
        refuses("y shape", () -> engine.compile(forward).run(weights, bias, tape.first(0)));
        refuses("b shape", () -> engine.compile(backward).run(recurrent, dy, tape));
        refuses("b shape", () -> engine.compile(training(true).backward()).run(recurrent, flow, tape));
        refuses("b type", () -> engine.compile(forward).run(weights, Tensor.of(Shape.of(12), new int[12]), tape));
        refuses(
                "y",
                () -> engine.compile(backward).run(recurrent, training(false).y(tape), tape));
        assertThrows(IllegalStateException.class, () -> engine.compile(forward).run(weights, tape));
    }

    private static void refuses(final String argument, final Runnable call) {
        final var refusal = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(refusal.getMessage().contains(argument), refusal.getMessage());
    }

    @Test
    void shouldNameItself() {
        assertEquals("lstm_training forward f32 i2 h3 from0", training(false).signature());
        assertEquals(
                "lstm_training backward f32 i2 h3 stateful",
                training(true).backward().signature());
    }
}
