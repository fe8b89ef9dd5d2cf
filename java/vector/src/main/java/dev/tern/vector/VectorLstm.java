package dev.tern.vector;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Lstm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * An LSTM layer: products by the GEMM of this backend, the gates by {@link LstmGates}. Each thread takes rows of the
 * batch through all steps.
 */
final class VectorLstm implements Executable {
    private static final long PARALLEL_OPERATIONS = 1 << 20; // of one step

    private final Lstm lstm;
    private final Executable input;
    private final Executable recurrent;
    private final Execution execution;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);
    private final ObjectPool<LstmRows> rows;

    VectorLstm(final Lstm lstm, final PackedWeights weights, final Execution execution) {
        this.lstm = lstm;
        this.execution = execution;
        input = BlockedGemm.compile(
                lstm.input(), Operands.MATRICES, weights.part("input", lstm.input(), lstm::inputWeights), execution);
        recurrent = BlockedGemm.compile(
                lstm.recurrent(),
                Operands.MATRICES,
                weights.part("recurrent", lstm.recurrent(), lstm::recurrentWeights),
                execution);
        rows = new ObjectPool<>(() -> new LstmRows(lstm));
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final Run run = runs.take();
        try {
            run.execute(a, b, y);
        } finally {
            run.forget();
            runs.give(run);
        }
    }

    /** The tensors of one run; kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private Tensor x;
        private Tensor state;
        private Tensor y;
        private int chunk;

        void execute(final Tensor newX, final Tensor newState, final Tensor newY) {
            x = newX;
            state = newState;
            y = newY;
            final long batch = x.length(1);
            final long work = lstm.input().operations(batch) + lstm.recurrent().operations(batch);
            chunk = (int) (work < PARALLEL_OPERATIONS ? batch : Math.ceilDiv(batch, execution.threads()));
            execution.parallel(this, batch, chunk);
        }

        void forget() {
            x = null;
            state = null;
            y = null;
        }

        /** A pool that is taken by another run gives the whole batch as one range. */
        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            final LstmRows part = rows.take();
            try {
                for (long row = from; row < to; row += chunk) {
                    part.begin(row, (int) Math.min(chunk, to - row), chunk, state);
                    steps(part);
                    part.keep(state);
                }
            } finally {
                rows.give(part);
            }
        }

        private void steps(final LstmRows part) {
            final int count = (int) x.length(0);
            for (int step = 0; step < count; step++) {
                final int within = step % part.stepsAtOnce();
                if (within == 0) {
                    final int steps = Math.min(part.stepsAtOnce(), count - step);
                    part.readInputs(x, step, steps);
                    input.run(part.inputs(steps), null, part.sums(steps));
                }
                if (step > 0 || state != null) {
                    recurrent.run(part.state(), null, part.sumsOf(within));
                }
                part.step(within);
                part.write(y, step);
            }
        }
    }
}
