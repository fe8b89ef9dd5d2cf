package dev.tern.reference;

import dev.tern.LstmTraining;
import dev.tern.Tensor;
import java.lang.foreign.ValueLayout;

/** The passes of {@link LstmTraining}'s definition, one cell at a time, in double from and to floats. */
final class ReferenceLstmTraining {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final LstmTraining training;
    private final int hidden;
    private final int h; // where the parts of an entry begin
    private final int c;
    private final int gates;

    ReferenceLstmTraining(final LstmTraining training) {
        this.training = training;
        hidden = training.layer().hidden();
        h = training.layer().inputs();
        c = h + hidden;
        gates = c + hidden;
    }

    void run(final Tensor weights, final Tensor b, final Tensor tape) {
        for (long row = 0; row < tape.length(1); row++) {
            if (training.pass() == LstmTraining.Pass.FORWARD) {
                forward(weights, b, tape, row);
            } else {
                backward(weights, b, tape, row);
            }
        }
    }

    private void forward(final Tensor weights, final Tensor bias, final Tensor tape, final long row) {
        for (int i = 0; i < 2 * hidden && !training.layer().isStateful(); i++) {
            set(tape, index(tape, 0, row) + h + i, 0);
        }
        for (long step = 0; step < tape.length(0) - 1; step++) {
            for (int cell = 0; cell < hidden; cell++) {
                step(weights, bias, tape, index(tape, step, row), index(tape, step + 1, row), cell);
            }
        }
    }

    private void step(
            final Tensor weights, final Tensor bias, final Tensor tape, final long now, final long next, final int i) {
        final double input = sigmoid(z(weights, bias, tape, now, i));
        final double forget = sigmoid(z(weights, bias, tape, now, hidden + i));
        final double candidate = Math.tanh(z(weights, bias, tape, now, 2 * hidden + i));
        final double output = sigmoid(z(weights, bias, tape, now, 3 * hidden + i));
        final double cell = forget * tape.floatAt(now + c + i) + input * candidate;
        set(tape, now + gates + i, input);
        set(tape, now + gates + hidden + i, forget);
        set(tape, now + gates + 2L * hidden + i, candidate);
        set(tape, now + gates + 3L * hidden + i, output);
        set(tape, next + c + i, cell);
        set(tape, next + h + i, output * Math.tanh((float) cell));
    }

    private static double sigmoid(final double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private double z(final Tensor weights, final Tensor bias, final Tensor tape, final long now, final int gate) {
        double sum = bias.floatAt(gate);
        for (int k = 0; k < c; k++) {
            sum += (double) tape.floatAt(now + k) * weights.floatAt(gate * weights.stride(0) + k);
        }
        return sum;
    }

    private void backward(final Tensor recurrent, final Tensor dy, final Tensor tape, final long row) {
        final long steps = tape.length(0) - 1;
        final double[] dh = new double[hidden]; // by way of later steps
        final double[] dc = new double[hidden];
        for (int i = 0; i < hidden && training.layer().isStateful(); i++) {
            dh[i] = dy.floatAt(index(dy, steps, row) + i);
            dc[i] = dy.floatAt(index(dy, steps + 1, row) + i);
        }
        for (long step = steps - 1; step >= 0; step--) {
            final long now = index(tape, step, row);
            for (int i = 0; i < hidden; i++) {
                final double all = dh[i] + dy.floatAt(index(dy, step, row) + i);
                dc[i] = backward(tape, now + i, tape.floatAt(index(tape, step + 1, row) + c + i), all, dc[i]);
            }
            multiply(tape, now, recurrent, dh);
        }
        for (int i = 0; i < hidden && training.layer().isStateful(); i++) {
            set(dy, index(dy, steps, row) + i, dh[i]);
            set(dy, index(dy, steps + 1, row) + i, dc[i]);
        }
    }

    /** One cell from its dh and dc; returns the dc of the step before. */
    private double backward(final Tensor tape, final long at, final double cell, final double dh, final double dc) {
        final long of = at + gates;
        final double input = tape.floatAt(of);
        final double forget = tape.floatAt(of + hidden);
        final double candidate = tape.floatAt(of + 2L * hidden);
        final double output = tape.floatAt(of + 3L * hidden);
        final double shown = Math.tanh(cell);
        final double all = dc + dh * output * (1 - shown * shown);
        set(tape, of, all * candidate * (input - input * input));
        set(tape, of + hidden, all * tape.floatAt(at + c) * (forget - forget * forget));
        set(tape, of + 2L * hidden, all * input * (1 - candidate * candidate));
        set(tape, of + 3L * hidden, dh * shown * (output - output * output));
        return all * forget;
    }

    /** {@code dh = dz R}. */
    private void multiply(final Tensor tape, final long now, final Tensor recurrent, final double[] dh) {
        for (int i = 0; i < hidden; i++) {
            dh[i] = 0;
            for (int gate = 0; gate < 4 * hidden; gate++) {
                dh[i] += (double) tape.floatAt(now + gates + gate) * recurrent.floatAt(gate * recurrent.stride(0) + i);
            }
        }
    }

    private static long index(final Tensor tensor, final long entry, final long row) {
        return entry * tensor.stride(0) + row * tensor.stride(1);
    }

    private static void set(final Tensor tensor, final long index, final double value) {
        tensor.segment().set(F32, index * Float.BYTES, (float) value);
    }
}
