package dev.tern.vector;

import dev.tern.Lstm;
import dev.tern.Tensor;
import java.util.Arrays;

/** Rows on their way back: a is dL/dz of a step, y the dL/dh that it brings to the step before. */
final class BackwardRows extends TrainedRows {
    private final LstmGradient cells;
    private float[] dc; // of all rows

    BackwardRows(final Lstm layer) {
        super(layer);
        cells = new LstmGradient(hidden, pitch);
    }

    @Override
    int aWidth() {
        return 4 * hidden;
    }

    @Override
    int yWidth() {
        return hidden;
    }

    @Override
    int yPitch() {
        return pitch;
    }

    @Override
    void reserve(final int most) {
        dc = new float[most * pitch];
    }

    @Override
    void run(final Tensor dy, final Tensor tape) {
        final long steps = tape.length(0) - 1;
        begin(dy, steps);
        for (long step = steps - 1; step >= 0; step--) {
            for (int row = 0; row < rows; row++) {
                step(dy, tape, step, row);
            }
            if (step > 0 || layer.isStateful()) {
                multiply();
            }
        }
        for (int row = 0; row < rows && layer.isStateful(); row++) {
            write(y, row * pitch, hidden, dy, steps, row, 0);
            write(dc, row * pitch, hidden, dy, steps + 1, row, 0);
        }
    }

    private void begin(final Tensor dy, final long steps) {
        Arrays.fill(y, 0);
        Arrays.fill(dc, 0);
        for (int row = 0; row < rows && layer.isStateful(); row++) {
            read(dy, steps, row, 0, hidden, y, row * pitch);
            read(dy, steps + 1, row, 0, hidden, dc, row * pitch);
        }
    }

    private void step(final Tensor dy, final Tensor tape, final long step, final int row) {
        for (int part = 0; part < 4; part++) {
            read(tape, step, row, gates + part * hidden, hidden, cells.gates(), part * pitch);
        }
        read(tape, step, row, c, hidden, cells.before(), 0);
        read(tape, step + 1, row, c, hidden, cells.shown(), 0);
        read(dy, step, row, 0, hidden, cells.dh(), 0);
        cells.step(y, dc, row * pitch, a, row * 4 * hidden);
        write(a, row * 4 * hidden, 4 * hidden, tape, step, row, gates);
    }
}
