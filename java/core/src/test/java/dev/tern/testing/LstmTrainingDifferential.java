package dev.tern.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.testing.GemmCase.Place;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Holds both passes of training to the reference, step by step: each of its steps begins with what the engine left on
 * the tape, and dL/dh with the dL/dz that the engine made, so that errors go on through dL/dc alone.
 *
 * <p>With s the error of a gate's sum, a the error of sigmoid and tanh, u a rounding, and |c| at most C: gates differ
 * by {@code s / 4 + a} or {@code s + a}, c by {@code (C + 1) (s / 4 + a) + (s + a) + 3 u (C + 1)}, and h by no more
 * than c and o together. Backward, with M the most that dL/dh and dL/dc are together and all other factors at most 1 or
 * C, a step adds to the error of dL/dc that of dL/dh and {@code M (2 a + 8 u)}, and dL/dz has no more than C times
 * that, and once {@code M (a + 8 u)} more.
 */
public final class LstmTrainingDifferential implements AutoCloseable {
    private static final double ROUNDING = 0x1p-24;
    private static final double ACTIVATION = 3 * ROUNDING; // native/src/activation.h, of values up to 1

    private final Engine reference =
            Engine.builder().device("cpu:reference").threads(1).build();
    private final List<Engine> tested;

    /** The tested engines stay the caller's. */
    public LstmTrainingDifferential(final Engine... tested) {
        this.tested = List.of(tested);
    }

    /** The forward pass of a case of F32. */
    public void checkForward(final LstmCase test) {
        tested.forEach(engine -> checkForward(test, engine));
    }

    /** The backward pass, from what the reference kept. */
    public void checkBackward(final LstmCase test) {
        tested.forEach(engine -> checkBackward(test, engine));
    }

    /** Runs a layer that is worth several threads, and an uneven batch, by engines that have to agree bit for bit. */
    public static void requireEqual(final List<Engine> engines) {
        final LstmCase test = new LstmCase(Lstm.of(28, 64).stateful(), 6, 41, 0, 1, Place.NATIVE);
        final List<float[]> results =
                engines.stream().map(engine -> train(test, engine)).toList();
        for (final float[] result : results) {
            assertArrayEquals(results.getFirst(), result);
        }
    }

    /** What both passes leave. */
    private static float[] train(final LstmCase test, final Engine engine) {
        final LstmTraining training = test.lstm().training();
        final Tensor tape = test.tape();
        final Tensor dy = test.gradient();
        engine.compile(training).run(test.weights(), test.bias(), tape);
        final Tensor kept = copy(tape);
        engine.compile(training.backward()).run(recurrent(test), dy, tape);
        return Stream.of(kept, tape, dy).map(Tensor::toFloats).reduce(new float[0], LstmTrainingDifferential::join);
    }

    private static float[] join(final float[] first, final float[] second) {
        final float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private void checkForward(final LstmCase test, final Engine engine) {
        final LstmTraining training = test.lstm().training();
        final Tensor tape = forward(test, engine);
        final String what = description(test, engine, training);
        compareGaps(test.tape(), tape, what);
        requireNear(training.x(test.tape()), training.x(tape), 0, what + " x");
        if (test.batch() > 0) {
            compareForward(test, tape, what);
        }
    }

    private static Tensor forward(final LstmCase test, final Engine engine) {
        final Tensor tape = test.tape();
        engine.compile(test.lstm().training()).run(test.weights(), test.bias(), tape);
        return tape;
    }

    private static String description(final LstmCase test, final Engine engine, final LstmTraining pass) {
        final var chosen =
                engine.compile(pass).explain(Math.max(1, test.batch())).chosen();
        return pass.pass() + " by " + chosen.kernel() + ": " + test;
    }

    private void checkBackward(final LstmCase test, final Engine engine) {
        final LstmTraining training = test.lstm().training().backward();
        final Tensor tape = forward(test, reference);
        final Tensor gradient = forward(test, reference);
        final Tensor dy = test.gradient();
        engine.compile(training).run(recurrent(test), dy, gradient);
        final String what = description(test, engine, training);
        compareGaps(tape, gradient, what);
        compareGaps(test.gradient(), dy, what);
        final long kept = test.lstm().inputs() + 2L * test.lstm().hidden();
        requireNear(tape.slice(2, 0, kept), gradient.slice(2, 0, kept), 0, what + " x, h, c");
        if (test.batch() > 0) {
            compareBackward(test, tape, gradient, dy, what);
        }
    }

    private static Tensor copy(final Tensor tensor) {
        final Tensor copy = Tensor.allocate(tensor.type(), tensor.shape());
        tensor.copyTo(copy);
        return copy;
    }

    private static Tensor recurrent(final LstmCase test) {
        return test.lstm().recurrentWeights(test.weights());
    }

    /** What lies between rows stays as it is. */
    private static void compareGaps(final Tensor before, final Tensor after, final String what) {
        for (long i = 0; i < before.segment().byteSize() / Float.BYTES; i++) {
            if (!Strided.holds(before, i)) {
                assertEquals(before.floatAt(i), after.floatAt(i), what + ": gap at " + i);
            }
        }
    }

    private void compareForward(final LstmCase test, final Tensor tape, final String what) {
        final Lstm lstm = test.lstm();
        final double sum = sumError(test);
        final double gate = sum / 4 + ACTIVATION;
        final var step = reference.compile(lstm.stateful().training());
        if (!lstm.isStateful()) {
            requireNear(zeros(lstm, test), lstm.training().state(tape, 0), 0, what + " state before");
        }
        for (int t = 0; t < test.steps(); t++) {
            final Tensor one = copy(tape.slice(0, t, t + 2L));
            step.run(test.weights(), test.bias(), one);
            final double most = greatest(part(lstm, one, 0, 1, 2)) + 1;
            final double c = most * gate + sum + ACTIVATION + 3 * ROUNDING * most;
            final Tensor next = tape.slice(0, t, t + 2L);
            requireNear(part(lstm, one, 0, 2, 6), part(lstm, next, 0, 2, 6), sum + ACTIVATION, what + " gates " + t);
            requireNear(part(lstm, one, 1, 1, 2), part(lstm, next, 1, 1, 2), c, what + " c " + t);
            final double h = c + gate + 2 * ACTIVATION;
            requireNear(part(lstm, one, 1, 0, 1), part(lstm, next, 1, 0, 1), h, what + " h " + t);
        }
    }

    private static Tensor zeros(final Lstm lstm, final LstmCase test) {
        return Tensor.allocate(DataType.F32, Shape.of(test.batch(), 2L * lstm.hidden()));
    }

    /** What rounding can make of a gate's sum: gamma times the magnitudes at most. */
    private static double sumError(final LstmCase test) {
        final Lstm lstm = test.lstm();
        final Tensor weights = test.weights();
        double magnitudes = 0;
        for (int gate = 0; gate < 4 * lstm.hidden(); gate++) {
            double sum = Math.abs(lstm.bias()[gate]);
            for (int k = 0; k < lstm.inputs() + lstm.hidden(); k++) {
                sum += Math.max(1, test.size()) * Math.abs(weights.floatAt(gate * weights.stride(0) + k));
            }
            magnitudes = Math.max(magnitudes, sum);
        }
        return Differential.gamma(lstm.inputs() + lstm.hidden() + 4L) * magnitudes;
    }

    private void compareBackward(
            final LstmCase test, final Tensor tape, final Tensor gradient, final Tensor dy, final String what) {
        final Lstm lstm = test.lstm();
        final var step = reference.compile(lstm.stateful().training().backward());
        final Tensor flow = Tensor.allocate(DataType.F32, Shape.of(3, test.batch(), lstm.hidden())); // dy, dh, dc
        final Tensor before = test.gradient();
        if (lstm.isStateful()) {
            before.slice(0, test.steps(), test.steps() + 2L).copyTo(flow.slice(0, 1, 3));
        }
        double dhError = 0;
        double dcError = 0;
        for (int t = test.steps() - 1; t >= 0; t--) {
            before.slice(0, t, t + 1L).copyTo(flow.slice(0, 0, 1));
            final double most =
                    greatest(flow.slice(0, 0, 1)) + greatest(flow.slice(0, 1, 2)) + greatest(flow.slice(0, 2, 3));
            final Tensor one = copy(tape.slice(0, t, t + 2L));
            final double c = Math.max(1, greatest(part(lstm, one, 0, 1, 2)));
            step.run(recurrent(test), flow, one);
            dcError += dhError + most * (2 * ACTIVATION + 8 * ROUNDING);
            final double bound = c * (dcError + most * (ACTIVATION + 8 * ROUNDING));
            final Tensor made = part(lstm, gradient, t, 2, 6);
            requireNear(part(lstm, one, 0, 2, 6), made, bound, what + " dz " + t);
            dhError = multiply(made, recurrent(test), flow.entry(1));
        }
        if (lstm.isStateful()) {
            final Tensor left = dy.slice(0, test.steps(), test.steps() + 2L);
            requireNear(flow.slice(0, 1, 2), left.slice(0, 0, 1), dhError, what + " dh");
            requireNear(flow.slice(0, 2, 3), left.slice(0, 1, 2), dcError, what + " dc");
        }
    }

    /** {@code dh = dz R}; returns how far a sum in f32 may be from it. */
    private static double multiply(final Tensor dz, final Tensor recurrent, final Tensor dh) {
        double magnitudes = 0;
        for (long row = 0; row < dh.length(0); row++) {
            for (long i = 0; i < dh.length(1); i++) {
                double sum = 0;
                double magnitude = 0;
                for (long k = 0; k < dz.length(2); k++) {
                    final double product = (double) dz.floatAt(row * dz.stride(1) + k)
                            * recurrent.floatAt(k * recurrent.stride(0) + i);
                    sum += product;
                    magnitude += Math.abs(product);
                }
                Strided.set(dh.segment(), DataType.F32, row * dh.stride(0) + i, (float) sum);
                magnitudes = Math.max(magnitudes, magnitude);
            }
        }
        return Differential.gamma(dz.length(2) + 2) * magnitudes;
    }

    /** Of one entry of a tape, parts counted in cells beside x: h is 0 to 1, c 1 to 2, gates 2 to 6. */
    private static Tensor part(final Lstm lstm, final Tensor tape, final long entry, final int from, final int to) {
        final long first = lstm.inputs();
        final long hidden = lstm.hidden();
        return tape.slice(0, entry, entry + 1).slice(2, first + from * hidden, first + to * hidden);
    }

    private static double greatest(final Tensor tensor) {
        double most = 0;
        for (final float value : tensor.toFloats()) {
            most = Math.max(most, Math.abs(value));
        }
        return most;
    }

    private static void requireNear(
            final Tensor expected, final Tensor got, final double bound, final String description) {
        final float[] truth = expected.toFloats();
        final float[] values = got.toFloats();
        for (int i = 0; i < truth.length; i++) {
            final double error = Math.abs((double) truth[i] - values[i]);
            assertTrue(error <= bound, description + " element " + i + ": error " + error + ", bound " + bound);
        }
    }

    @Override
    public void close() {
        reference.close();
    }
}
