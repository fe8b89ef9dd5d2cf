package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/** The square of the Euclidean norm of a vector, the same for any number of threads. */
public final class GradientNorm extends ColumnPass {
    private static final int ELEMENTS = 1; // as rows: any cut will do
    private MemorySegment vector;

    public GradientNorm() {
        super(ELEMENTS, 1, 1);
    }

    /** Of a tensor without gaps. */
    public double square(final Tensor gradients, final Engine engine) {
        vector = gradients.segment();
        over(gradients.shape().elements(), engine);
        return sum(0, 0);
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
