package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.tern_lstm_tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One run of a {@link NativeLstm}: its tensors as the library reads them. Pooled, so that runs allocate nothing. */
final class LstmCall implements RangeTask {
    private final Operand x = new Operand();
    private final Operand state = new Operand();
    private final Operand y = new Operand();
    private final MemorySegment tensors = tern_lstm_tensors.allocate(Arena.ofAuto());
    private NativeLstm lstm;
    private long steps;

    void run(final NativeLstm compiled, final Tensor xTensor, final Tensor stateTensor, final Tensor yTensor) {
        lstm = compiled;
        steps = xTensor.length(0);
        final long batch = xTensor.length(1);
        final Execution execution = lstm.execution();
        try {
            bind(xTensor, yTensor, execution);
            bindState(stateTensor, execution);
            execution.parallel(this, batch, lstm.chunk(steps, batch));
            y.flush(execution);
            if (stateTensor != null) {
                state.flush(execution);
            }
        } finally {
            x.release();
            y.release();
            state.release();
            lstm = null;
        }
    }

    private void bind(final Tensor xTensor, final Tensor yTensor, final Execution execution) {
        x.take(xTensor, true, execution);
        tern_lstm_tensors.x(tensors, x.memory());
        tern_lstm_tensors.x_step_stride(tensors, x.stride(0));
        tern_lstm_tensors.x_row_stride(tensors, x.stride(1));
        y.take(yTensor, false, execution);
        tern_lstm_tensors.y(tensors, y.memory());
        tern_lstm_tensors.y_step_stride(tensors, y.stride(0));
        tern_lstm_tensors.y_row_stride(tensors, y.stride(1));
        tern_lstm_tensors.steps(tensors, steps);
        tern_lstm_tensors.batch(tensors, xTensor.length(1));
    }

    private void bindState(final Tensor tensor, final Execution execution) {
        if (tensor == null) {
            tern_lstm_tensors.h(tensors, MemorySegment.NULL);
            tern_lstm_tensors.c(tensors, MemorySegment.NULL);
            return;
        }
        state.take(tensor, true, execution);
        tern_lstm_tensors.h(tensors, state.memory());
        final long c = state.memory().address() + state.stride(0) * Float.BYTES;
        tensors.set(ValueLayout.JAVA_LONG, tern_lstm_tensors.c$offset(), c); // a slice would be an object in each run
        tern_lstm_tensors.state_row_stride(tensors, state.stride(1));
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        lstm.run(tensors, from, to, workspace.bytes(0, lstm.workspaceBytes(steps, to - from)));
    }
}
