package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.RangeTask;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.MemorySegment;

/** Brings b into the layout of a kernel; the workers share the panels. */
final class PackTask implements RangeTask {
    /** Below this many elements, one thread packs sooner than two. */
    private static final long PARALLEL_ELEMENTS = 64 * 1024;

    private int kernel;
    private long n;
    private long k;
    private MemorySegment b;
    private long rowStride;
    private long columnStride;
    private MemorySegment packed;

    /** @param stride distance, in elements, of the rows of b as it is stored, [k, n] or transposed */
    void pack(
            final NativeKernel to,
            final Gemm gemm,
            final MemorySegment from,
            final long stride,
            final MemorySegment target,
            final Execution execution) {
        kernel = to.index();
        n = gemm.n();
        k = gemm.k();
        b = from;
        rowStride = gemm.layout().transposesB() ? 1 : stride;
        columnStride = gemm.layout().transposesB() ? stride : 1;
        packed = target;
        final long panels = LibTern.tern_gemm_panels(kernel, n);
        execution.parallel(
                this, panels, n * k < PARALLEL_ELEMENTS ? panels : Math.ceilDiv(panels, execution.threads()));
        b = null;
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        LibTern.tern_gemm_pack(kernel, n, k, b, rowStride, columnStride, packed, from, to);
    }
}
