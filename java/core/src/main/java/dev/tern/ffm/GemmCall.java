package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.MemorySegment;

/**
 * One run of a {@link NativeGemm}: its arguments, and the scratch that they may need. Pooled, so that runs allocate
 * nothing.
 */
final class GemmCall implements RangeTask {
    private final Operand a = new Operand();
    private final Operand b = new Operand();
    private final Operand y = new Operand();
    private final PackTask packing = new PackTask();
    private final Scratch workspace = new Scratch();
    private final Scratch panels = new Scratch();
    private final Scratch seeds = new Scratch();
    private final Scratch seeded = new Scratch();

    private int kernel;
    private MemorySegment struct;
    private MemorySegment packed; // null where the kernel reads b as it is
    private MemorySegment aMemory;
    private MemorySegment bMemory;
    private MemorySegment yMemory;
    private long aRowStride;
    private long aColumnStride;
    private long bRowStride;
    private long bColumnStride;
    private long yRowStride;

    private NativeGemm sizedFor;
    private long rows;
    private long tiles;
    private long workspaceBytes;

    void run(final NativeGemm gemm, final Tensor aTensor, final Tensor bTensor, final Tensor yTensor) {
        final Execution execution = gemm.execution();
        a.take(aTensor, true, execution);
        y.take(yTensor, gemm.operation().accumulates(), execution);
        try {
            size(gemm, yTensor.length(0));
            bind(gemm, bTensor);
            multiply(gemm);
            y.flush(execution);
        } finally {
            release();
        }
    }

    /** Small work stays here: it would be done before another thread has begun. */
    private void multiply(final NativeGemm gemm) {
        final long chunk = gemm.chunk(rows, tiles);
        if (chunk < tiles) {
            gemm.execution().parallel(this, tiles, chunk);
        } else {
            run(0, tiles, workspace.atLeast(workspaceBytes));
        }
    }

    @Override
    public void run(final long from, final long to, final Workspace workersOwn) {
        run(from, to, workersOwn.bytes(0, workspaceBytes));
    }

    private void run(final long from, final long to, final MemorySegment scratch) {
        if (packed == null) {
            runUnpacked(from, to, scratch);
        } else {
            runPacked(from, to, scratch);
        }
    }

    private void runPacked(final long from, final long to, final MemorySegment scratch) {
        LibTern.tern_gemm_run(
                kernel,
                struct,
                packed,
                rows,
                aMemory,
                aRowStride,
                aColumnStride,
                yMemory,
                yRowStride,
                from,
                to,
                scratch);
    }

    private void runUnpacked(final long from, final long to, final MemorySegment scratch) {
        LibTern.tern_gemm_run_unpacked(
                kernel,
                struct,
                bMemory,
                bRowStride,
                bColumnStride,
                rows,
                aMemory,
                aRowStride,
                aColumnStride,
                yMemory,
                yRowStride,
                from,
                to,
                scratch);
    }

    /** The sizes of the last run often serve the next one. */
    private void size(final NativeGemm gemm, final long m) {
        if (sizedFor != gemm || rows != m) {
            sizedFor = gemm;
            rows = m;
            kernel = gemm.kernel().index();
            tiles = LibTern.tern_gemm_tiles(kernel, gemm.struct(), m);
            workspaceBytes = gemm.readsUnpacked()
                    ? LibTern.tern_gemm_unpacked_workspace_bytes(kernel, gemm.struct(), m)
                    : LibTern.tern_gemm_workspace_bytes(kernel, gemm.struct(), m);
        }
    }

    private void bind(final NativeGemm gemm, final Tensor bTensor) {
        final boolean transposed = gemm.operation().layout().transposesA();
        aMemory = a.memory();
        aRowStride = transposed ? 1 : a.rowStride();
        aColumnStride = transposed ? a.rowStride() : 1;
        yMemory = y.memory();
        yRowStride = y.rowStride();
        struct = gemm.struct();
        packed = gemm.packed();
        if (bTensor != null) {
            bind(gemm.operation().layout().transposesB(), bTensor, gemm.execution());
            if (!gemm.readsUnpacked()) {
                pack(gemm);
            }
        }
    }

    private void bind(final boolean transposed, final Tensor bTensor, final Execution execution) {
        b.take(bTensor, true, execution);
        bMemory = b.memory();
        bRowStride = transposed ? 1 : b.rowStride();
        bColumnStride = transposed ? b.rowStride() : 1;
    }

    /** Kernels for integers read packed weights only. */
    private void pack(final NativeGemm gemm) {
        packed = panels.atLeast(gemm.packedBytes());
        packing.pack(gemm.kernel(), gemm.operation(), bMemory, b.rowStride(), packed, gemm.execution());
        if (gemm.kernel().integer()) {
            seed(gemm);
        }
    }

    /** Seeds follow from the weights, so those of a run are in a copy of the plan's struct. */
    private void seed(final NativeGemm gemm) {
        final MemorySegment values = seeds.atLeast(PlanMemory.seeds(gemm.operation()) * Integer.BYTES);
        struct = seeded.atLeast(tern_gemm.sizeof());
        MemorySegment.copy(gemm.struct(), 0, struct, 0, tern_gemm.sizeof());
        LibTern.tern_gemm_seeds(kernel, struct, packed, values);
        tern_gemm.seeds(struct, values);
    }

    private void release() {
        a.release();
        b.release();
        y.release();
        aMemory = null;
        bMemory = null;
        yMemory = null;
    }
}
