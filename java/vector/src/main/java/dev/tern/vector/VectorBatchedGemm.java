package dev.tern.vector;

import dev.tern.BatchedGemm;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * A batch of products: each thread takes whole matrices, unless they are few and large, or all threads each of them.
 */
final class VectorBatchedGemm implements Executable {
    private static final int RANGES_PER_THREAD = 4;

    private final int batch;
    private final Gemm gemm;
    private final Execution execution;
    private final BlockedGemm[] products; // one for each packed matrix, or for all
    private final BlockedGemm tall; // of the rows of all matrices, where they share b
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);

    /** @param weights null where b comes with each run */
    VectorBatchedGemm(final BatchedGemm batched, final PackedWeights weights, final Execution execution) {
        this.batch = batched.batch();
        this.gemm = batched.product();
        this.execution = execution;
        this.products = new BlockedGemm[weights == null ? 1 : batch];
        this.tall = BlockedGemm.compile(gemm, Operands.ONE_B, null, execution);
        for (int i = 0; i < products.length; i++) {
            products[i] = BlockedGemm.compile(gemm, Operands.BATCHES, matrix(weights, i), execution);
        }
    }

    private PackedWeights matrix(final PackedWeights weights, final int index) {
        return weights == null ? null : weights.part("matrix " + index, gemm, all -> all.entry(index));
    }

    private BlockedGemm product(final long index) {
        return products[products.length == 1 ? 0 : (int) index];
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final long rows = y.length(1);
        final boolean sharesB = b != null && b.shape().rank() == 2;
        if (sharesB && !gemm.layout().transposesA()) {
            tall.run(a, b, y, batch * rows);
        } else if (takesWholeMatrices(rows)) {
            runWhole(a, b, y, rows);
        } else {
            for (long i = 0; i < batch; i++) {
                product(i).run(a, b, y, i, rows);
            }
        }
    }

    /** Where the threads end at the same time, or where one matrix is too small for all of them. */
    private boolean takesWholeMatrices(final long rows) {
        final int threads = execution.threads();
        final boolean even = batch % threads == 0 || batch >= RANGES_PER_THREAD * threads;
        return even || !Blocking.forks(rows, gemm.n(), gemm.k(), threads);
    }

    private void runWhole(final Tensor a, final Tensor b, final Tensor y, final long rows) {
        final Run run = runs.take();
        try {
            run.a = a;
            run.b = b;
            run.y = y;
            final boolean forks = Blocking.forks(batch * rows, gemm.n(), gemm.k(), execution.threads());
            execution.parallel(
                    run, batch, forks ? Math.ceilDiv(batch, (long) RANGES_PER_THREAD * execution.threads()) : batch);
        } finally {
            run.a = null;
            run.b = null;
            run.y = null;
            runs.give(run);
        }
    }

    /** The tensors of one run: kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private Tensor a;
        private Tensor b;
        private Tensor y;

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            for (long i = from; i < to; i++) {
                product(i).runAlone(a, b, y, i, y.length(1), workspace);
            }
        }
    }
}
