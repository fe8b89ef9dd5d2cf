package dev.tern.ffm;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Lstm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_lstm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.UnaryOperator;

/** A layer compiled for a GEMM kernel, and the gates that go with it. */
final class NativeLstm implements Executable {
    /** Sooner than this, the caller alone is done before another thread has begun. */
    private static final double PARALLEL_NANOS = 5_000;

    private final NativeKernel gemm;
    private final NativeKernel gates;
    private final Lstm operation;
    private final Execution execution;
    private final ObjectPool<LstmCall> calls;
    private final LstmCost cost;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment struct = tern_lstm.allocate(arena);
    private final Product input;
    private final Product recurrent;

    /** One of the two products: what it computes, and its weights. */
    private record Product(PlanMemory memory, MemorySegment packed) {}

    NativeLstm(
            final NativeKernel gemm,
            final NativeKernel gates,
            final Lstm operation,
            final PackedWeights weights,
            final Execution execution,
            final ObjectPool<LstmCall> calls) {
        this.gemm = gemm;
        this.gates = gates;
        this.operation = operation;
        this.execution = execution;
        this.calls = calls;
        cost = LstmCost.of(gemm, operation);
        input = product(operation.input(), weights, "input", operation::inputWeights);
        recurrent = product(operation.recurrent(), weights, "recurrent", operation::recurrentWeights);
        tern_lstm.hidden(struct, operation.hidden());
        tern_lstm.input(struct, input.memory.struct());
        tern_lstm.recurrent(struct, recurrent.memory.struct());
        tern_lstm.bias(struct, arena.allocateFrom(ValueLayout.JAVA_FLOAT, operation.bias()));
    }

    private Product product(
            final Gemm product, final PackedWeights weights, final String name, final UnaryOperator<Tensor> cut) {
        final MemorySegment packed = weights.part(name, product, cut)
                .form(
                        "native:" + gemm.layout(),
                        PackedPanels.class,
                        canonical -> PackedPanels.of(gemm, product, canonical, execution))
                .address();
        final PlanMemory memory = new PlanMemory(product);
        if (gemm.integer()) {
            memory.seed(gemm, packed);
        }
        return new Product(memory, packed);
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final LstmCall call = calls.take();
        call.run(this, a, b, y);
        calls.give(call);
    }

    /** Rows of the batch in each range: all of them where the work is small. */
    long chunk(final long steps, final long batch) {
        return cost.alone(batch, steps) < PARALLEL_NANOS ? batch : Math.ceilDiv(batch, execution.threads());
    }

    long workspaceBytes(final long steps, final long rows) {
        return LibTern.tern_lstm_workspace_bytes(gemm.index(), struct, steps, rows);
    }

    void run(final MemorySegment tensors, final long from, final long to, final MemorySegment workspace) {
        LibTern.tern_lstm_run(
                gates.index(), gemm.index(), struct, input.packed, recurrent.packed, tensors, from, to, workspace);
    }

    Execution execution() {
        return execution;
    }
}
