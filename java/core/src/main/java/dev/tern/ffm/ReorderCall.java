package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Reorder;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;

/** One run of a {@link NativeReorder}. Pooled, so that runs allocate nothing. */
final class ReorderCall implements RangeTask {
    /** Below this many elements, one thread is done before another has begun. */
    private static final long PARALLEL_ELEMENTS = 64 * 1024;

    private final Images x = new Images();
    private final Images y = new Images();
    private NativeReorder reorder;

    void run(final NativeReorder compiled, final Tensor a, final Tensor result) {
        reorder = compiled;
        final Reorder operation = reorder.operation();
        final Execution execution = reorder.execution();
        x.take(a, operation.from(), true, execution);
        y.take(result, operation.to(), false, execution);
        try {
            final long rows = a.length(0) * operation.height();
            final boolean alone = operation.operations(operation.rows(a, result)) < PARALLEL_ELEMENTS;
            execution.parallel(this, rows, alone ? rows : Math.ceilDiv(rows, execution.threads()));
            y.flush(execution);
        } finally {
            x.release();
            y.release();
            reorder = null;
        }
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        LibTern.tern_reorder_run(
                reorder.kernel(),
                reorder.struct(),
                x.address(),
                x.channelStride(),
                y.address(),
                y.channelStride(),
                from,
                to);
    }
}
