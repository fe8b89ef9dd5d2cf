package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.MemorySegment;

/** Weights in the layout of a kernel, and of every other with the same layout. */
final class PackedPanels implements PackedForm {
    private final Execution execution;
    private final MemorySegment block;

    private PackedPanels(final Execution execution, final long bytes) {
        this.execution = execution;
        block = execution.memory().allocate(bytes);
    }

    static PackedPanels of(
            final NativeKernel kernel, final Gemm gemm, final Tensor weights, final Execution execution) {
        return kernel.isSparse() ? sparse(kernel, gemm, weights, execution) : dense(kernel, gemm, weights, execution);
    }

    private static PackedPanels dense(
            final NativeKernel kernel, final Gemm gemm, final Tensor weights, final Execution execution) {
        final int rows = weights.shape().rank() - 2;
        final long matrices = rows == 0 ? 1 : weights.length(0);
        final long bytes = LibTern.tern_gemm_packed_bytes(kernel.index(), gemm.n(), gemm.k());
        final PackedPanels panels = new PackedPanels(execution, bytes * matrices);
        new PackTask()
                .pack(
                        kernel,
                        gemm,
                        weights.segment(),
                        matrices,
                        rows == 0 ? 0 : weights.stride(0),
                        weights.stride(rows),
                        panels.block,
                        execution);
        return panels;
    }

    /** How many bytes it takes depends on the weights. */
    private static PackedPanels sparse(
            final NativeKernel kernel, final Gemm gemm, final Tensor weights, final Execution execution) {
        final int index = kernel.index();
        final MemorySegment from = weights.segment();
        final long stride = weights.stride(0);
        final PackedPanels panels =
                new PackedPanels(execution, LibTern.tern_spmm_packed_bytes(index, gemm.n(), gemm.k(), from, stride));
        LibTern.tern_spmm_pack(index, gemm.n(), gemm.k(), from, stride, panels.block);
        return panels;
    }

    /**
     * Where the panels are. Without the block's own scope, since whoever runs holds the weights open; else each call
     * would count itself in and out of a scope that all threads share.
     */
    MemorySegment address() {
        return MemorySegment.ofAddress(block.address());
    }

    @Override
    public long bytes() {
        return block.byteSize();
    }

    @Override
    public void free() {
        execution.memory().release(block);
    }
}
