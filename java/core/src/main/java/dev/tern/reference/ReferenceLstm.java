package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.Lstm;
import dev.tern.Tensor;
import java.lang.foreign.ValueLayout;

/** The layer of {@link Lstm}'s definition, one cell at a time: sums of floats and the gates in double. */
final class ReferenceLstm {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Lstm lstm;
    private final Tensor weights;
    private final float[] bias;
    private final int hidden;

    ReferenceLstm(final Lstm lstm, final Tensor weights) {
        this.lstm = lstm;
        this.weights = weights;
        bias = lstm.bias();
        hidden = lstm.hidden();
    }

    void run(final Tensor x, final Tensor state, final Tensor y) {
        for (long row = 0; row < x.length(1); row++) {
            final float[] h = read(state, 0, row);
            final float[] c = read(state, 1, row);
            for (long step = 0; step < x.length(0); step++) {
                step(x, step, row, h, c);
                write(h, y, step, row);
            }
            if (state != null) {
                write(h, state, 0, row);
                write(c, state, 1, row);
            }
        }
    }

    private void step(final Tensor x, final long step, final long row, final float[] h, final float[] c) {
        final float[] before = h.clone();
        final long at = step * x.stride(0) + row * x.stride(1);
        for (int i = 0; i < hidden; i++) {
            final double input = sigmoid(z(x, at, before, i));
            final double forget = sigmoid(z(x, at, before, hidden + i));
            final double candidate = Math.tanh(z(x, at, before, 2 * hidden + i));
            final double output = sigmoid(z(x, at, before, 3 * hidden + i));
            c[i] = (float) (forget * c[i] + input * candidate);
            h[i] = (float) (output * Math.tanh(c[i]));
        }
    }

    private static double sigmoid(final double z) {
        return 1 / (1 + Math.exp(-z));
    }

    /** The sum of one gate, from x at an index on. */
    private double z(final Tensor x, final long at, final float[] h, final int gate) {
        return lstm.isQuantized() ? integerSum(x, at, h, gate) : floatSum(x, at, h, gate);
    }

    private double floatSum(final Tensor x, final long at, final float[] h, final int gate) {
        final long row = gate * weights.stride(0);
        double sum = bias[gate];
        for (int k = 0; k < lstm.inputs(); k++) {
            sum += (double) x.floatAt(at + k) * weights.floatAt(row + k);
        }
        for (int k = 0; k < hidden; k++) {
            sum += (double) h[k] * weights.floatAt(row + lstm.inputs() + k);
        }
        return sum;
    }

    private float integerSum(final Tensor x, final long at, final float[] h, final int gate) {
        final long row = gate * weights.stride(0);
        final int zx = lstm.input().aQuantization().zeroPoint(0);
        final int zw = lstm.input().bQuantization().zeroPoint(gate);
        int fromX = 0;
        for (int k = 0; k < lstm.inputs(); k++) {
            fromX += (x.integerAt(at + k) - zx) * (weights.integerAt(row + k) - zw);
        }
        int fromH = 0;
        for (int k = 0; k < hidden; k++) {
            fromH += quantized(h[k]) * (weights.integerAt(row + lstm.inputs() + k) - zw);
        }
        return real(fromH, lstm.recurrent(), gate) + real(fromX, lstm.input(), gate) + bias[gate];
    }

    private static float real(final int sum, final Gemm product, final int gate) {
        return (float) sum * product.multiplier(gate);
    }

    private static int quantized(final float h) {
        return (int) Math.clamp(Math.rint(h * Lstm.H_STEPS), -Lstm.H_STEPS, Lstm.H_STEPS);
    }

    private float[] read(final Tensor state, final long part, final long row) {
        final float[] values = new float[hidden];
        for (int i = 0; state != null && i < hidden; i++) {
            values[i] = state.floatAt(part * state.stride(0) + row * state.stride(1) + i);
        }
        return values;
    }

    private static void write(final float[] values, final Tensor to, final long first, final long second) {
        final long at = first * to.stride(0) + second * to.stride(1);
        for (int i = 0; i < values.length; i++) {
            to.segment().set(F32, (at + i) * Float.BYTES, values[i]);
        }
    }
}
