package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.model.BatchViews;
import java.lang.foreign.MemorySegment;

/**
 * What a layer that only overwrites contributes to the gradient by its input: the gradient itself for the first of the
 * contributors, and memory of its own for the others, which is then added.
 */
final class Contribution extends ColumnPass {
    private static final int ELEMENTS = 1; // as rows: any cut will do

    private final Engine engine;
    private final Value x;
    private final BatchViews apart;
    private MemorySegment from;
    private MemorySegment to;

    /** Claims the gradient of {@code x}, which is differentiated. */
    Contribution(final Value x, final Engine engine) {
        super(ELEMENTS, 2, 0);
        this.engine = engine;
        this.x = x;
        final boolean overwrites = x.claimGradient();
        apart = overwrites
                ? null
                : new BatchViews(
                        Tensor.allocate(DataType.F32, x.gradient(x.maxBatch()).shape()));
    }

    /** Where the layer writes to. */
    Tensor target(final int batch) {
        return apart == null ? x.gradient(batch) : apart.rows(batch);
    }

    /** To be called when it is written. */
    void add(final int batch) {
        if (apart != null) {
            from = apart.rows(batch).segment();
            to = x.gradient(batch).segment();
            over(apart.rows(batch).shape().elements(), engine);
        }
    }

    @Override
    void pass(final Workspace workspace, final long first, final int length) {
        final float[] sums = load(workspace, 0, to, first, length);
        addAll(sums, load(workspace, 1, from, first, length), length);
        store(sums, to, first, length);
    }
}
