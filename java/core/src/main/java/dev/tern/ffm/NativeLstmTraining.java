package dev.tern.ffm;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.LstmTraining;
import dev.tern.ObjectPool;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_lstm_training;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A pass of training compiled for a GEMM kernel, and the gates that go with it. */
final class NativeLstmTraining implements Executable {
    /** Sooner than this, the caller alone is done before another thread has begun. */
    private static final double PARALLEL_NANOS = 5_000;

    private final NativeKernel gemm;
    private final NativeKernel gates;
    private final LstmTraining operation;
    private final Execution execution;
    private final ObjectPool<LstmTrainingCall> calls;
    private final LstmCost cost;
    private final Gemm product;
    private final PlanMemory memory;
    private final long packedBytes;
    private final MemorySegment struct = tern_lstm_training.allocate(Arena.ofAuto());

    NativeLstmTraining(
            final NativeKernel gemm,
            final NativeKernel gates,
            final LstmTraining operation,
            final Execution execution,
            final ObjectPool<LstmTrainingCall> calls) {
        this.gemm = gemm;
        this.gates = gates;
        this.operation = operation;
        this.execution = execution;
        this.calls = calls;
        cost = LstmCost.of(gemm, operation);
        product = operation.product();
        memory = new PlanMemory(product);
        packedBytes = LibTern.tern_gemm_packed_bytes(gemm.index(), product.n(), product.k());
        tern_lstm_training.inputs(struct, operation.layer().inputs());
        tern_lstm_training.hidden(struct, operation.layer().hidden());
        tern_lstm_training.product(struct, memory.struct());
        tern_lstm_training.stateful(struct, operation.layer().isStateful() ? 1 : 0);
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final LstmTrainingCall call = calls.take();
        call.run(this, a, b, y);
        calls.give(call);
    }

    /** Rows of the batch in each range: all of them where the work is small. */
    long chunk(final long steps, final long batch) {
        return cost.alone(batch, steps) < PARALLEL_NANOS ? batch : Math.ceilDiv(batch, execution.threads());
    }

    /** What each step multiplies. */
    Gemm product() {
        return product;
    }

    long packedBytes() {
        return packedBytes;
    }

    long workspaceBytes(final long rows) {
        return LibTern.tern_lstm_training_workspace_bytes(gemm.index(), struct, rows);
    }

    void forward(
            final MemorySegment packed,
            final MemorySegment bias,
            final MemorySegment tape,
            final long from,
            final long to,
            final MemorySegment workspace) {
        LibTern.tern_lstm_training_forward(
                gates.index(), gemm.index(), struct, packed, bias, tape, from, to, workspace);
    }

    void backward(
            final MemorySegment packed,
            final MemorySegment flow,
            final MemorySegment tape,
            final long from,
            final long to,
            final MemorySegment workspace) {
        LibTern.tern_lstm_training_backward(
                gates.index(), gemm.index(), struct, packed, flow, tape, from, to, workspace);
    }

    LstmTraining operation() {
        return operation;
    }

    NativeKernel gemm() {
        return gemm;
    }

    Execution execution() {
        return execution;
    }
}
