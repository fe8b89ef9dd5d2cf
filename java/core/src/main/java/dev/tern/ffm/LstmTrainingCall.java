package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.LstmTraining;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.tern_lstm_flow;
import dev.tern.ffm.bindings.tern_lstm_tape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One run of a {@link NativeLstmTraining}: its tensors as the library reads them, and its weights, packed. Pooled, so
 * that runs allocate nothing.
 */
final class LstmTrainingCall implements RangeTask {
    private final Operand weights = new Operand();
    private final Operand other = new Operand(); // the bias, or dy
    private final Operand tape = new Operand();
    private final PackTask packing = new PackTask();
    private final Scratch panels = new Scratch();
    private final MemorySegment tapeStruct = tern_lstm_tape.allocate(Arena.ofAuto());
    private final MemorySegment flow = tern_lstm_flow.allocate(Arena.ofAuto());
    private NativeLstmTraining training;
    private boolean forward;
    private MemorySegment packed;

    void run(final NativeLstmTraining compiled, final Tensor a, final Tensor b, final Tensor y) {
        training = compiled;
        forward = training.operation().pass() == LstmTraining.Pass.FORWARD;
        final Execution execution = training.execution();
        final long steps = y.length(0) - 1;
        final long batch = y.length(1);
        try {
            pack(a, execution);
            bind(b, y, execution);
            execution.parallel(this, batch, training.chunk(steps, batch));
            tape.flush(execution);
            if (!forward && training.operation().layer().isStateful()) {
                other.flush(execution);
            }
        } finally {
            weights.release();
            other.release();
            tape.release();
            training = null;
        }
    }

    private void pack(final Tensor a, final Execution execution) {
        weights.take(a, true, execution);
        packed = panels.atLeast(training.packedBytes());
        packing.pack(
                training.gemm(), training.product(), weights.memory(), 1, 0, weights.rowStride(), packed, execution);
    }

    private void bind(final Tensor b, final Tensor y, final Execution execution) {
        tape.take(y, true, execution);
        tern_lstm_tape.first(tapeStruct, tape.memory());
        tern_lstm_tape.step_stride(tapeStruct, tape.stride(0));
        tern_lstm_tape.row_stride(tapeStruct, tape.stride(1));
        tern_lstm_tape.steps(tapeStruct, y.length(0) - 1);
        other.take(b, true, execution);
        if (!forward) {
            tern_lstm_flow.dy(flow, other.memory());
            tern_lstm_flow.step_stride(flow, other.stride(0));
            tern_lstm_flow.row_stride(flow, other.stride(1));
        }
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        final MemorySegment scratch = workspace.bytes(0, training.workspaceBytes(to - from));
        if (forward) {
            training.forward(packed, other.memory(), tapeStruct, from, to, scratch);
        } else {
            training.backward(packed, flow, tapeStruct, from, to, scratch);
        }
    }
}
