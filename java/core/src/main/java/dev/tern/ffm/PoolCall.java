package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.Pool2d;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;

/** One run of a {@link NativePool}: its images as the library reads them. Pooled, so that runs allocate nothing. */
final class PoolCall implements RangeTask {
    /** Below this many elements read, one thread is done before another has begun. */
    private static final long PARALLEL_ELEMENTS = 64 * 1024;

    private final Images x = new Images();
    private final Images dy = new Images();
    private final Images y = new Images();
    private NativePool pool;

    void run(final NativePool compiled, final Tensor a, final Tensor b, final Tensor result) {
        pool = compiled;
        final Pool2d operation = pool.operation();
        final Execution execution = pool.execution();
        final boolean forward = operation.pass() == Pool2d.Pass.FORWARD;
        final boolean hasX = forward || operation.mode() == Pool2d.Mode.MAX;
        x.take(hasX ? a : null, true, execution);
        dy.take(forward ? null : hasX ? b : a, true, execution);
        y.take(result, false, execution);
        try {
            final long rows = result.length(0) * result.length(1);
            final long elements = operation.operations(operation.rows(a, result));
            final boolean alone = elements < PARALLEL_ELEMENTS;
            execution.parallel(this, rows, alone ? rows : Math.ceilDiv(rows, execution.threads()));
            y.flush(execution);
        } finally {
            x.release();
            dy.release();
            y.release();
            pool = null;
        }
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        LibTern.tern_pool_run(pool.kernel(), pool.struct(), x.address(), dy.address(), y.address(), from, to);
    }
}
