package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_batch;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.MemorySegment;

/**
 * One run of a {@link NativeGemm}: its arguments, and the scratch that they may need. Pooled, so that runs allocate
 * nothing.
 */
final class GemmCall implements RangeTask {
    private final Operand a = new Operand();
    private final Operand b = new Operand();
    private final Operand scales = new Operand();
    private final Operand y = new Operand();
    private final PackTask packing = new PackTask();
    private final Scratch workspace = new Scratch();
    private final Scratch panels = new Scratch();
    private final Scratch seeds = new Scratch();
    private final Scratch seeded = new Scratch();
    private final Scratch strides = new Scratch();

    private int kernel;
    private MemorySegment struct;
    private MemorySegment batch; // how far matrices lie apart
    private MemorySegment packed; // null where the kernel reads b as it is
    private MemorySegment aMemory;
    private MemorySegment bMemory;
    private MemorySegment scaleMemory; // of the rows, or NULL
    private MemorySegment yMemory;
    private long aRowStride;
    private long aColumnStride;
    private long bRowStride;
    private long bColumnStride;
    private long yRowStride;

    private NativeGemm sizedFor;
    private long matrices;
    private long rows; // of a matrix
    private long tiles; // of all matrices
    private long workspaceBytes;

    /** @param second b, or the scales of the rows, or null */
    void run(final NativeGemm gemm, final Tensor aTensor, final Tensor second, final Tensor yTensor) {
        final Execution execution = gemm.execution();
        final Tensor bTensor = gemm.operation().scalesRows() ? null : second;
        a.take(aTensor, true, execution);
        y.take(yTensor, gemm.operation().accumulates(), execution);
        try {
            scaleMemory = takeScales(bTensor == null ? second : null, execution);
            if (isTall(gemm, bTensor)) {
                size(gemm, 1, gemm.batch() * y.rows());
            } else {
                size(gemm, gemm.batch(), y.rows());
            }
            bind(gemm, bTensor);
            multiply(gemm);
            y.flush(execution);
        } finally {
            release();
        }
    }

    private MemorySegment takeScales(final Tensor ofRows, final Execution execution) {
        if (ofRows == null) {
            return MemorySegment.NULL;
        }
        scales.takeDense(ofRows, true, execution);
        return scales.memory();
    }

    /** Whether the rows of all matrices are evenly apart and meet the same b: that is one product of more rows. */
    private boolean isTall(final NativeGemm gemm, final Tensor bTensor) {
        return gemm.batch() > 1
                && bTensor != null
                && bTensor.shape().rank() == 2
                && !gemm.operation().layout().transposesA()
                && a.matrixStride() == y.rows() * a.rowStride()
                && y.matrixStride() == y.rows() * y.rowStride();
    }

    /** Small work stays here: it would be done before another thread has begun. */
    private void multiply(final NativeGemm gemm) {
        final long chunk = gemm.chunk(matrices, rows, tiles);
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
                batch,
                packed,
                rows,
                aMemory,
                aRowStride,
                aColumnStride,
                scaleMemory,
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
                batch,
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
    private void size(final NativeGemm gemm, final long count, final long m) {
        if (sizedFor != gemm || matrices != count || rows != m) {
            sizedFor = gemm;
            matrices = count;
            rows = m;
            kernel = gemm.kernel().index();
            tiles = matrices * LibTern.tern_gemm_tiles(kernel, gemm.struct(), m);
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
        batch = matrices == 1 ? MemorySegment.NULL : strides(gemm, bTensor);
    }

    private MemorySegment strides(final NativeGemm gemm, final Tensor bTensor) {
        final MemorySegment to = strides.atLeast(tern_batch.sizeof());
        tern_batch.a_stride(to, a.matrixStride());
        tern_batch.y_stride(to, y.matrixStride());
        final boolean shared = bTensor != null && b.matrixStride() == 0;
        tern_batch.b_stride(to, shared ? 0 : packed != null ? gemm.packedBytes() : b.matrixStride());
        return to;
    }

    /** Matrices of an operand b: one, where it serves for all. */
    private long matricesOfB() {
        return b.matrixStride() == 0 ? 1 : matrices;
    }

    private void bind(final boolean transposed, final Tensor bTensor, final Execution execution) {
        b.take(bTensor, true, execution);
        bMemory = b.memory();
        bRowStride = transposed ? 1 : b.rowStride();
        bColumnStride = transposed ? b.rowStride() : 1;
    }

    /** Kernels for integers read packed weights only. */
    private void pack(final NativeGemm gemm) {
        final long count = matricesOfB();
        packed = panels.atLeast(gemm.packedBytes() * count);
        packing.pack(
                gemm.kernel(),
                gemm.operation(),
                bMemory,
                count,
                b.matrixStride(),
                b.rowStride(),
                packed,
                gemm.execution());
        if (gemm.kernel().integer()) {
            seed(gemm);
        }
    }

    /** Seeds follow from the weights, so those of a run are in a copy of the plan's struct. */
    private void seed(final NativeGemm gemm) {
        final long count = matricesOfB();
        final MemorySegment values = seeds.atLeast(PlanMemory.seeds(gemm.operation()) * count * Integer.BYTES);
        struct = seeded.atLeast(tern_gemm.sizeof());
        MemorySegment.copy(gemm.struct(), 0, struct, 0, tern_gemm.sizeof());
        PlanMemory.seed(gemm.kernel(), gemm.operation(), struct, packed, count, gemm.packedBytes(), values);
    }

    private void release() {
        a.release();
        b.release();
        scales.release();
        y.release();
        aMemory = null;
        bMemory = null;
        scaleMemory = null;
        yMemory = null;
    }
}
