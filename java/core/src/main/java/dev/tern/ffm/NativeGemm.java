package dev.tern.ffm;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.MemorySegment;

/**
 * A GEMM, or a batch of them, compiled for one kernel, with packed weights, which may be sparse, or with both operands
 * at run time.
 */
final class NativeGemm implements Executable {
    private final NativeKernel kernel;
    private final Gemm operation;
    private final int batch;
    private final Execution execution;
    private final ObjectPool<GemmCall> calls;
    private final PlanMemory memory;
    private final MemorySegment packed;
    private final long packedBytes;
    private final CostModel cost;

    /** @param batch how many matrices runs have, in tensors of three dimensions; 1 for those of two as well */
    NativeGemm(
            final NativeKernel kernel,
            final Gemm operation,
            final int batch,
            final CostModel cost,
            final PackedWeights weights,
            final Execution execution,
            final ObjectPool<GemmCall> calls) {
        this.kernel = kernel;
        this.operation = operation;
        this.batch = batch;
        this.execution = execution;
        this.calls = calls;
        this.cost = cost;
        memory = new PlanMemory(operation);
        packedBytes =
                kernel.isSparse() ? 0 : LibTern.tern_gemm_packed_bytes(kernel.index(), operation.n(), operation.k());
        packed = weights == null ? null : panels(weights).address();
        if (packed != null && kernel.integer()) {
            memory.seed(kernel, packed, batch, packedBytes);
        }
    }

    private PackedPanels panels(final PackedWeights weights) {
        return weights.form(
                "native:" + kernel.layout(),
                PackedPanels.class,
                canonical -> PackedPanels.of(kernel, operation, canonical, execution));
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final GemmCall call = calls.take();
        call.run(this, a, b, y);
        calls.give(call);
    }

    /** Tiles in each range, of those of several matrices together. */
    long chunk(final long matrices, final long rows, final long tiles) {
        return Sharing.chunk(matrices, tiles, matrices * cost.alone(rows), execution.threads(), kernel.integer());
    }

    NativeKernel kernel() {
        return kernel;
    }

    Gemm operation() {
        return operation;
    }

    int batch() {
        return batch;
    }

    Execution execution() {
        return execution;
    }

    MemorySegment struct() {
        return memory.struct();
    }

    /** The weights as this kernel reads them; null where b comes with each run. */
    MemorySegment packed() {
        return packed;
    }

    /** Whether runs hand in b as it is; other kernels have it packed first. */
    boolean readsUnpacked() {
        return packed == null && kernel.readsUnpacked();
    }

    long packedBytes() {
        return packedBytes;
    }
}
