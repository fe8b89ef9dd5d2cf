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

    PackedPanels(final NativeKernel kernel, final Gemm gemm, final Tensor weights, final Execution execution) {
        this.execution = execution;
        block = execution.memory().allocate(LibTern.tern_gemm_packed_bytes(kernel.index(), gemm.n(), gemm.k()));
        new PackTask().pack(kernel, gemm, weights.segment(), weights.stride(0), block, execution);
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
