package dev.tern.vector;

import static dev.tern.vector.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.DataType;
import dev.tern.Lstm;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What one thread holds of a layer: the inputs and sums of some steps, and the state, of its rows of the batch. Views
 * are made once for each number of rows, so that no run allocates.
 */
final class LstmRows {
    private static final int SUMS = 1 << 17; // floats of the sums that stay in the L2 cache
    private static final int MOST_STEPS = 64;

    private final Lstm lstm;
    private final int hidden;
    private final int pitch; // between rows of the state: whole vectors
    private final LstmGates gates;
    private int capacity;
    private int stepsAtOnce;
    private Object x; // float[] or byte[]
    private float[] z;
    private float[] h;
    private float[] c;
    private byte[] quantized;
    private Views[] views;
    private Views current;
    private long first;
    private int rows;

    /** Tensors on the arrays for one number of rows. */
    private final class Views {
        private final Tensor[] inputs = new Tensor[stepsAtOnce + 1];
        private final Tensor[] sums = new Tensor[stepsAtOnce + 1];
        private final Tensor[] sumsOfStep = new Tensor[stepsAtOnce];
        private final Tensor state;

        Views(final int count) {
            final Tensor all = on(z, DataType.F32, (long) stepsAtOnce * count, 4L * hidden, 4L * hidden);
            for (int steps = 1; steps <= stepsAtOnce; steps++) {
                final long lines = (long) steps * count;
                inputs[steps] = on(x, lstm.input().aType(), lines, lstm.inputs(), lstm.inputs());
                sums[steps] = all.first(lines);
                sumsOfStep[steps - 1] = all.slice(0, lines - count, lines);
            }
            state = lstm.isQuantized()
                    ? on(quantized, DataType.S8, count, hidden, pitch)
                    : on(h, DataType.F32, count, hidden, pitch);
        }
    }

    LstmRows(final Lstm lstm) {
        this.lstm = lstm;
        hidden = lstm.hidden();
        pitch = Math.ceilDiv(hidden, LANES) * LANES;
        gates = new LstmGates(hidden, pitch, Arrays.copyOf(lstm.bias(), 4 * hidden + LANES));
    }

    private static Tensor on(
            final Object array, final DataType type, final long rows, final long columns, final long stride) {
        final MemorySegment memory = array instanceof final byte[] bytes
                ? MemorySegment.ofArray(bytes)
                : MemorySegment.ofArray((float[]) array);
        return Tensor.wrap(memory, type, Shape.of(rows, columns), stride, 1);
    }

    /** Turns to rows {@code [from, from + count)}, of which there will be at most {@code most} at a time. */
    void begin(final long from, final int count, final int most, final Tensor state) {
        if (capacity < most) {
            reserve(most);
        }
        first = from;
        rows = count;
        if (views[count] == null) {
            views[count] = new Views(count);
        }
        current = views[count];
        if (state == null) {
            Arrays.fill(c, 0);
        } else {
            read(state, 0, h);
            read(state, 1, c);
            quantize();
        }
    }

    private void reserve(final int most) {
        capacity = most;
        stepsAtOnce = Math.clamp(SUMS / (4L * hidden * most), 1, MOST_STEPS);
        final int inputs = stepsAtOnce * most * lstm.inputs();
        x = lstm.isQuantized() ? new byte[inputs] : new float[inputs];
        z = new float[stepsAtOnce * most * 4 * hidden + LANES];
        h = new float[most * pitch];
        c = new float[most * pitch];
        quantized = new byte[lstm.isQuantized() ? most * pitch + Elements.SLACK : 0];
        views = new Views[most + 1];
    }

    int stepsAtOnce() {
        return stepsAtOnce;
    }

    Tensor inputs(final int steps) {
        return current.inputs[steps];
    }

    Tensor sums(final int steps) {
        return current.sums[steps];
    }

    Tensor sumsOf(final int step) {
        return current.sumsOfStep[step];
    }

    /** h as the recurrent product takes it. */
    Tensor state() {
        return current.state;
    }

    void readInputs(final Tensor from, final int step, final int steps) {
        final ValueLayout layout = lstm.isQuantized() ? JAVA_BYTE : JAVA_FLOAT_UNALIGNED;
        for (int s = 0; s < steps; s++) {
            for (int row = 0; row < rows; row++) {
                final long at = (step + s) * from.stride(0) + (first + row) * from.stride(1);
                final int target = (s * rows + row) * lstm.inputs();
                MemorySegment.copy(from.segment(), layout, at * layout.byteSize(), x, target, lstm.inputs());
            }
        }
    }

    /** The gates of one of the steps whose sums are here. */
    void step(final int within) {
        for (int row = 0; row < rows; row++) {
            gates.step(z, (within * rows + row) * 4 * hidden, c, h, row * pitch);
        }
        quantize();
    }

    private void quantize() {
        if (lstm.isQuantized()) {
            LstmGates.quantize(h, rows * pitch, quantized);
        }
    }

    /** Brings h to its place among all steps. */
    void write(final Tensor y, final int step) {
        for (int row = 0; row < rows; row++) {
            final long at = step * y.stride(0) + (first + row) * y.stride(1);
            MemorySegment.copy(h, row * pitch, y.segment(), JAVA_FLOAT_UNALIGNED, at * Float.BYTES, hidden);
        }
    }

    /** Leaves the state where it came from. */
    void keep(final Tensor state) {
        for (int row = 0; state != null && row < rows; row++) {
            final long at = (first + row) * state.stride(1) * Float.BYTES;
            final long atC = at + state.stride(0) * Float.BYTES;
            MemorySegment.copy(h, row * pitch, state.segment(), JAVA_FLOAT_UNALIGNED, at, hidden);
            MemorySegment.copy(c, row * pitch, state.segment(), JAVA_FLOAT_UNALIGNED, atC, hidden);
        }
    }

    private void read(final Tensor state, final int part, final float[] to) {
        for (int row = 0; row < rows; row++) {
            final long at = part * state.stride(0) + (first + row) * state.stride(1);
            MemorySegment.copy(state.segment(), JAVA_FLOAT_UNALIGNED, at * Float.BYTES, to, row * pitch, hidden);
        }
    }
}
