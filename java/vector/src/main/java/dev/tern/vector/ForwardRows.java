package dev.tern.vector;

import static dev.tern.vector.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Lstm;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;

/** Rows on their way forward: a is x and h side by side, y the sums of the gates. */
final class ForwardRows extends TrainedRows {
    private final float[] bias;
    private final LstmGates cells;
    private final float[] zeros;
    private float[] hs; // of all rows
    private float[] cs;

    ForwardRows(final Lstm layer) {
        super(layer);
        bias = new float[4 * hidden + LANES];
        cells = new LstmGates(hidden, pitch, bias);
        zeros = new float[2 * hidden];
    }

    @Override
    int aWidth() {
        return layer.inputs() + hidden;
    }

    @Override
    int yWidth() {
        return 4 * hidden;
    }

    @Override
    int yPitch() {
        return 4 * hidden;
    }

    @Override
    void reserve(final int most) {
        hs = new float[most * pitch];
        cs = new float[most * pitch];
    }

    @Override
    void run(final Tensor biasTensor, final Tensor tape) {
        MemorySegment.copy(biasTensor.segment(), JAVA_FLOAT_UNALIGNED, 0, bias, 0, 4 * hidden);
        begin(tape);
        for (long step = 0; step < tape.length(0) - 1; step++) {
            for (int row = 0; row < rows; row++) {
                read(tape, step, row, 0, aWidth(), a, row * aWidth());
            }
            multiply();
            for (int row = 0; row < rows; row++) {
                cells.step(y, row * 4 * hidden, cs, hs, row * pitch);
                keep(tape, step, row);
            }
        }
    }

    private void begin(final Tensor tape) {
        for (int row = 0; row < rows; row++) {
            if (!layer.isStateful()) {
                write(zeros, 0, 2 * hidden, tape, 0, row, h);
            }
            read(tape, 0, row, c, hidden, cs, row * pitch);
        }
    }

    private void keep(final Tensor tape, final long step, final int row) {
        cells.gates(y, row * 4 * hidden);
        write(y, row * 4 * hidden, 4 * hidden, tape, step, row, gates);
        write(hs, row * pitch, hidden, tape, step + 1, row, h);
        write(cs, row * pitch, hidden, tape, step + 1, row, c);
    }
}
