package dev.tern.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Lstm;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Tensor;
import java.util.List;

/**
 * Holds the layers of engines to the reference, step by step: each of its steps begins with the h that the engine made,
 * so that errors go on through c alone, where they add up at most.
 *
 * <p>With dz the error of a gate's sum, a the error of sigmoid and tanh and |c| at most C, one step adds to the error
 * of c at most {@code C (dz / 4 + a) + (dz / 4 + a) + (dz + a)} and three roundings, since the slopes of sigmoid and
 * tanh are at most 1/4 and 1; h differs by no more than c and o together. Sums of quantized layers have no error.
 */
public final class LstmDifferential implements AutoCloseable {
    private static final double ROUNDING = 0x1p-24;
    private static final double ACTIVATION = 3 * ROUNDING; // native/src/activation.h, of values up to 1

    private final Engine reference =
            Engine.builder().device("cpu:reference").threads(1).build();
    private final List<Engine> tested;

    /** The tested engines stay the caller's. */
    public LstmDifferential(final Engine... tested) {
        this.tested = List.of(tested);
    }

    public void check(final LstmCase test) {
        tested.forEach(engine -> check(test, engine));
    }

    private void check(final LstmCase test, final Engine engine) {
        final Tensor weights = test.weights();
        final Tensor y = test.y();
        final Tensor state = test.state();
        try (PackedWeights packed = engine.pack(test.lstm(), weights)) {
            final Plan plan = engine.compile(packed);
            if (test.lstm().isStateful()) {
                plan.run(test.x(), state, y);
            } else {
                plan.run(test.x(), y);
            }
            if (test.batch() > 0) {
                compare(test, weights, y, state, plan);
            }
        }
        compareGaps(test.y(), y, test);
        compareGaps(test.state(), state, test);
    }

    private void compare(
            final LstmCase test, final Tensor weights, final Tensor y, final Tensor state, final Plan plan) {
        final String what = plan.explain(Math.max(1, test.batch())).chosen().kernel() + ": " + test;
        final Tensor x = test.x();
        final Tensor carried = test.state();
        if (!test.lstm().isStateful()) {
            fill(carried, 0);
        }
        final double sumError = sumError(test, weights);
        double cError = 0;
        double most = greatest(carried, 1);
        try (PackedWeights packed = reference.pack(test.lstm().stateful(), weights)) {
            final Plan step = reference.compile(packed);
            for (int t = 0; t < test.steps(); t++) {
                final Tensor expected = new LstmCase(test.lstm(), 1, test.batch(), 0, 1, test.place()).y();
                step.run(x.slice(0, t, t + 1), carried, expected);
                final double gate = sumError / 4 + ACTIVATION;
                cError += most * gate + gate + sumError + ACTIVATION + 3 * ROUNDING * (most + 1);
                most++;
                requireNear(expected, y.slice(0, t, t + 1), cError + gate + 2 * ACTIVATION, what + " step " + t);
                y.slice(0, t, t + 1).copyTo(carried.slice(0, 0, 1));
            }
        }
        if (test.lstm().isStateful()) {
            requireNear(carried.slice(0, 1, 2), state.slice(0, 1, 2), cError, what + " c");
            assertArrayEquals(
                    carried.slice(0, 0, 1).toFloats(), state.slice(0, 0, 1).toFloats(), what + " h");
        }
    }

    /** What rounding can make of a sum of products of floats, in any order: gamma times the magnitudes at most. */
    private static double sumError(final LstmCase test, final Tensor weights) {
        final Lstm lstm = test.lstm();
        if (lstm.isQuantized()) {
            return 0;
        }
        final int terms = lstm.inputs() + lstm.hidden() + 4;
        double magnitudes = 0;
        for (int gate = 0; gate < 4 * lstm.hidden(); gate++) {
            double sum = Math.abs(lstm.bias()[gate]);
            for (int k = 0; k < lstm.inputs() + lstm.hidden(); k++) {
                final double weight = Math.abs(weights.floatAt(gate * weights.stride(0) + k));
                sum += k < lstm.inputs() ? test.size() * weight : weight;
            }
            magnitudes = Math.max(magnitudes, sum);
        }
        return Differential.gamma(terms) * magnitudes;
    }

    private static double greatest(final Tensor state, final int part) {
        double most = 0;
        for (final float value : state.slice(0, part, part + 1L).toFloats()) {
            most = Math.max(most, Math.abs(value));
        }
        return most;
    }

    private static void fill(final Tensor tensor, final float value) {
        for (long i = 0; i < tensor.segment().byteSize() / Float.BYTES; i++) {
            Strided.set(tensor.segment(), DataType.F32, i, value);
        }
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

    private static void compareGaps(final Tensor before, final Tensor after, final LstmCase test) {
        for (long i = 0; i < before.segment().byteSize() / Float.BYTES; i++) {
            if (!Strided.holds(before, i)) {
                assertEquals(before.floatAt(i), after.floatAt(i), test + ": gap at " + i);
            }
        }
    }

    @Override
    public void close() {
        reference.close();
    }
}
