package dev.tern.vector;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.LstmTraining;
import dev.tern.ObjectPool;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * A pass of training: weights packed once for all of its steps, then each thread takes rows of the batch through them.
 */
final class VectorLstmTraining implements Executable {
    private static final long PARALLEL_OPERATIONS = 1 << 20; // of one step

    private final LstmTraining training;
    private final Execution execution;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);
    private final ObjectPool<TrainedRows> rows;

    VectorLstmTraining(final LstmTraining training, final Execution execution) {
        this.training = training;
        this.execution = execution;
        final boolean forward = training.pass() == LstmTraining.Pass.FORWARD;
        rows = new ObjectPool<>(() -> forward ? new ForwardRows(training.layer()) : new BackwardRows(training.layer()));
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

    /** The tensors of one run, and its weights, packed; kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private final FloatGemm product = FloatGemm.repacked(training.product(), execution);
        private Tensor other; // the bias, or dy
        private Tensor tape;
        private int chunk;

        void execute(final Tensor weights, final Tensor newOther, final Tensor newTape) {
            other = newOther;
            tape = newTape;
            product.repack(weights);
            final long batch = tape.length(1);
            final boolean small = product.gemm.operations(batch) < PARALLEL_OPERATIONS;
            chunk = (int) Math.max(1, small ? batch : Math.ceilDiv(batch, execution.threads()));
            execution.parallel(this, batch, chunk);
        }

        void forget() {
            other = null;
            tape = null;
        }

        /** A pool that is taken by another run gives the whole batch as one range. */
        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            final TrainedRows part = rows.take();
            try {
                for (long row = from; row < to; row += chunk) {
                    part.begin(row, (int) Math.min(chunk, to - row), chunk, product);
                    part.run(other, tape);
                }
            } finally {
                part.end();
                rows.give(part);
            }
        }
    }
}
