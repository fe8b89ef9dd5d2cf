package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/** Gradients of several batches, weighted and summed, for a step on all of them at once. */
final class GradientSum extends ColumnPass {
    private static final int ELEMENTS = 1; // as rows: any cut will do

    private final Engine engine;
    private final MemorySegment gradients;
    private final MemorySegment sums;
    private float share;

    GradientSum(final ParameterSet parameters, final Engine engine) {
        super(ELEMENTS, 2, 0);
        this.engine = engine;
        gradients = parameters.gradients().segment();
        sums = Tensor.allocate(DataType.F32, Shape.of(parameters.elements())).segment();
    }

    /** Adds the gradients as they are, times {@code weight}. */
    void add(final float weight) {
        share = weight;
        over(sums.byteSize() / Float.BYTES, engine);
    }

    /** Puts the sums in the gradients' place, and begins anew. */
    void take() {
        gradients.copyFrom(sums);
        sums.fill((byte) 0);
    }

    @Override
    void pass(final Workspace workspace, final long first, final int length) {
        final float[] sum = load(workspace, 0, sums, first, length);
        final float[] terms = load(workspace, 1, gradients, first, length);
        for (int i = 0; i < length; i++) {
            sum[i] += terms[i] * share;
        }
        store(sum, sums, first, length);
    }
}
