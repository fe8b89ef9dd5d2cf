package dev.tern.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * A layer in double, and beside each value how far an f32 layer may be from it: the error of the sums, carried through
 * sigmoid, tanh and c from step to step.
 */
final class LstmTruth implements Truth {

    /** Of sigmoid and tanh: three units in the last place of 1, wherever they are. */
    private static final double ACTIVATION_ERROR = 3 * 2 * UNIT_ROUNDOFF;

    private final LstmCase lstm;
    private final Inputs inputs;
    private final int rows;
    private final double[] weights; // [x then h][gates, hidden]: so each factor scales a whole row
    private final double[] h;
    private final double[] bounds;

    private LstmTruth(final LstmCase lstm, final Inputs inputs) {
        this.lstm = lstm;
        this.inputs = inputs;
        this.rows = LstmCase.GATES * lstm.hidden();
        this.weights = new double[lstm.terms() * rows];
        this.h = new double[Math.toIntExact(lstm.bytesY() / Float.BYTES)];
        this.bounds = new double[h.length];
    }

    static LstmTruth of(final LstmCase lstm, final Inputs inputs) {
        final LstmTruth truth = new LstmTruth(lstm, inputs);
        truth.transposeWeights();
        IntStream.range(0, lstm.batch()).parallel().forEach(row -> truth.new Sequence(row).run());
        return truth;
    }

    private void transposeWeights() {
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < lstm.terms(); k++) {
                weights[k * rows + row] = inputs.b().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * lstm.terms() + k);
            }
        }
    }

    @Override
    public OptionalLong firstWrong(final MemorySegment y, final double rounding) {
        return IntStream.range(0, h.length)
                .filter(i -> !(Math.abs(y.getAtIndex(ValueLayout.JAVA_FLOAT, i) - h[i]) <= bounds[i]))
                .mapToLong(i -> i)
                .findFirst();
    }

    /** A value and how far f32 may be from it. */
    private record Near(double value, double error) {

        /** The slope changes by no more than e^error within the error. */
        Near sigmoid() {
            final double s = 1 / (1 + Math.exp(-value));
            return new Near(s, s * (1 - s) * error * Math.exp(error) + ACTIVATION_ERROR);
        }

        /** The slope changes by no more than e^(2 error). */
        Near tanh() {
            final double t = Math.tanh(value);
            return new Near(t, (1 - t * t) * error * Math.exp(2 * error) + ACTIVATION_ERROR);
        }

        Near times(final Near other) {
            final double product = value * other.value;
            final double carried = Math.abs(value) * other.error + Math.abs(other.value) * error + error * other.error;
            return new Near(product, carried + (Math.abs(product) + carried) * UNIT_ROUNDOFF);
        }

        Near plus(final Near other) {
            final double sum = value + other.value;
            final double carried = error + other.error;
            return new Near(sum, carried + (Math.abs(sum) + carried) * UNIT_ROUNDOFF);
        }
    }

    /** One row of the batch. */
    private final class Sequence {
        private final int row;
        private final double[] sums = new double[rows];
        private final double[] magnitudes = new double[rows]; // of the products in each sum
        private final double[] errors = new double[rows]; // that those of h bring
        private final Near[] c = new Near[lstm.hidden()];

        Sequence(final int row) {
            this.row = row;
            Arrays.fill(c, new Near(0, 0));
        }

        void run() {
            for (int step = 0; step < lstm.steps(); step++) {
                multiply(step);
                for (int j = 0; j < lstm.hidden(); j++) {
                    c[j] = gate(1, j)
                            .sigmoid()
                            .times(c[j])
                            .plus(gate(0, j).sigmoid().times(gate(2, j).tanh()));
                    final Near out = gate(3, j).sigmoid().times(c[j].tanh());
                    h[at(step) + j] = out.value;
                    bounds[at(step) + j] = out.error;
                }
            }
        }

        private int at(final int step) {
            return (step * lstm.batch() + row) * lstm.hidden();
        }

        private void multiply(final int step) {
            Arrays.fill(sums, 0);
            Arrays.fill(magnitudes, 0);
            Arrays.fill(errors, 0);
            final long x = ((long) step * lstm.batch() + row) * lstm.inputs();
            for (int k = 0; k < lstm.inputs(); k++) {
                add(inputs.a().getAtIndex(ValueLayout.JAVA_FLOAT, x + k), 0, k * rows);
            }
            for (int k = 0; k < lstm.hidden() && step > 0; k++) {
                final int before = at(step - 1) + k;
                add(h[before], bounds[before], (lstm.inputs() + k) * rows);
            }
        }

        private void add(final double factor, final double error, final int from) {
            for (int i = 0; i < rows; i++) {
                final double weight = weights[from + i];
                sums[i] += factor * weight;
                magnitudes[i] += Math.abs(factor * weight);
                errors[i] += error * Math.abs(weight);
            }
        }

        /** Any order of summing: gamma of the terms, those of x and of h possibly apart. */
        private Near gate(final int gate, final int j) {
            final int i = gate * lstm.hidden() + j;
            final double steps = (lstm.terms() + 2) * UNIT_ROUNDOFF;
            return new Near(sums[i], errors[i] + steps / (1 - steps) * (magnitudes[i] + errors[i]));
        }
    }
}
