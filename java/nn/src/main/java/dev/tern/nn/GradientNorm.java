package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/** The Euclidean norm of a vector, the same for any number of threads. */
final class GradientNorm extends ColumnPass {
    private static final int ELEMENTS = 1; // as rows: any cut will do
    private MemorySegment vector;

    GradientNorm() {
        super(ELEMENTS, 1, 1);
    }

    double of(final MemorySegment floats, final Engine engine) {
        vector = floats;
        over(floats.byteSize() / Float.BYTES, engine);
        return Math.sqrt(sum(0, 0));
    }

    @Override
    void pass(final Workspace workspace, final long first, final int length) {
        final float[] values = load(workspace, 0, vector, first, length);
        final float[] sums = workspace.floats(1, block());
        for (int i = 0; i < length; i++) {
            sums[i] += values[i] * values[i];
        }
    }
}
