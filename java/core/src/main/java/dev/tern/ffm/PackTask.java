package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.RangeTask;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.MemorySegment;

/** Brings b into the layout of a kernel, each matrix of a batch behind the other; the workers share the panels. */
final class PackTask implements RangeTask {
    /** Below this many elements, one thread packs sooner than two. */
    private static final long PARALLEL_ELEMENTS = 64 * 1024;

    private int kernel;
    private long n;
    private long k;
    private long panels; // of a matrix
    private long matrixBytes;
    private long packedBytes;
    private MemorySegment b;
    private long rowStride;
    private long columnStride;
    private MemorySegment packed;

    /**
     * @param matrices how many there are
     * @param matrixStride distance, in elements, of one to the next
     * @param stride distance, in elements, of the rows of b as it is stored, [k, n] or transposed
     */
    void pack(
            final NativeKernel to,
            final Gemm gemm,
            final MemorySegment from,
            final long matrices,
            final long matrixStride,
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
        panels = LibTern.tern_gemm_panels(kernel, n);
        matrixBytes = n * k == 0 ? 0 : gemm.bType().bytes(matrixStride);
        packedBytes = LibTern.tern_gemm_packed_bytes(kernel, n, k);
        final long all = panels * matrices;
        execution.parallel(
                this, all, n * k * matrices < PARALLEL_ELEMENTS ? all : Math.ceilDiv(all, execution.threads()));
        b = null;
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        for (long panel = from; panel < to; panel += panels - panel % panels) {
            final long matrix = panel / panels;
            final long first = panel % panels;
            pack(matrix, first, Math.min(panels, first + to - panel));
        }
    }

    private void pack(final long matrix, final long first, final long last) {
        LibTern.tern_gemm_pack(
                kernel,
                n,
                k,
                b.asSlice(matrix * matrixBytes),
                rowStride,
                columnStride,
                packed.asSlice(matrix * packedBytes),
                first,
                last);
    }
}
