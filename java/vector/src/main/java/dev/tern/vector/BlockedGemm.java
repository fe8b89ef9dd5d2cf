package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * A GEMM on panels: packs its operands from wherever they lie, cuts the work for the engine's threads, and leaves each
 * block to a subclass.
 */
abstract class BlockedGemm implements Executable {
    static final int PANELS_PER_FORK = 4;
    private static final long NOWHERE = -1;

    final Gemm gemm;
    final Operands operands;
    final int k;
    final ColumnPanels columns;
    final Execution execution;
    private final ObjectPool<Run> runs = new ObjectPool<>(this::newRun);
    private final ObjectPool<Block> blocks = new ObjectPool<>(Block::new);

    BlockedGemm(final Gemm gemm, final Operands operands, final Execution execution) {
        this.gemm = gemm;
        this.operands = operands;
        this.k = gemm.k();
        this.columns = new ColumnPanels(gemm, operands);
        this.execution = execution;
    }

    /** By the types of the operands. */
    static BlockedGemm compile(
            final Gemm gemm, final Operands operands, final PackedWeights weights, final Execution execution) {
        if (gemm.aType() == DataType.B1) {
            return SignGemm.compile(gemm, operands, weights, execution);
        }
        return gemm.bType().isInteger()
                ? ByteGemm.compile(gemm, operands, weights, execution)
                : FloatGemm.compile(gemm, operands, weights, execution);
    }

    abstract Run newRun();

    @Override
    public final void run(final Tensor a, final Tensor b, final Tensor y) {
        run(a, b, y, y.length(0));
    }

    /** @param rows of the result */
    final void run(final Tensor a, final Tensor b, final Tensor y, final long rows) {
        run(a, b, y, 0, rows);
    }

    /** One matrix of a batch, of so many rows. */
    final void run(final Tensor a, final Tensor b, final Tensor y, final long matrix, final long rows) {
        final Run run = runs.take();
        try {
            run.take(a, b, y, matrix);
            run.execute(rows);
        } finally {
            run.forget();
            runs.give(run);
        }
    }

    /** The same on the thread that owns a workspace alone. */
    final void runAlone(
            final Tensor a,
            final Tensor b,
            final Tensor y,
            final long matrix,
            final long rows,
            final Workspace workspace) {
        final Run run = runs.take();
        try {
            run.take(a, b, y, matrix);
            run.executeAlone(rows, workspace);
        } finally {
            run.forget();
            runs.give(run);
        }
    }

    /** The state of one run: kept for another, so that none allocates. */
    abstract class Run implements RangeTask {
        private final Blocking blocking = new Blocking();
        private final RangeTask packing = this::packPanels;
        private Tensor a;
        private Tensor b;
        private Tensor scales;
        private Tensor y;
        private long matrix;

        /** @param second b, or the scales of the rows, or null */
        private void take(final Tensor newA, final Tensor second, final Tensor newY, final long newMatrix) {
            a = newA;
            b = gemm.scalesRows() ? null : second;
            scales = gemm.scalesRows() ? second : null;
            y = newY;
            matrix = newMatrix;
        }

        private void execute(final long rows) {
            if (b != null) {
                reservePanels();
                execution.parallel(packing, columns.count(), PANELS_PER_FORK);
            }
            blocking.cut(matrix << Places.ROW_BITS, rows, gemm.n(), columns.depth(), execution.threads());
            execution.parallel(this, blocking.units(), blocking.chunk());
        }

        private void executeAlone(final long rows, final Workspace workspace) {
            if (b != null) {
                reservePanels();
                packPanels(0, columns.count(), workspace);
            }
            blocking.cut(matrix << Places.ROW_BITS, rows, gemm.n(), columns.depth(), 1);
            run(0, blocking.units(), workspace);
        }

        private void forget() {
            a = null;
            b = null;
            scales = null;
            y = null;
        }

        private void packPanels(final long from, final long to, final Workspace workspace) {
            packPanels(b, matrix, (int) from, (int) to, workspace);
        }

        @Override
        public final void run(final long from, final long to, final Workspace workspace) {
            final Block block = blocks.take();
            try {
                block.workspace = workspace;
                block.y = y;
                block.scales = scales;
                block.places = operands.y();
                block.row = NOWHERE;
                for (long unit = from; unit < to; unit++) {
                    if (blocking.place(block, unit)) {
                        packRows(a, block);
                    }
                    multiply(block);
                }
            } finally {
                block.clear();
                blocks.give(block);
            }
        }

        /** Makes room for the panels of an operand that comes with each run. */
        abstract void reservePanels();

        abstract void packPanels(Tensor from, long matrix, int first, int last, Workspace workspace);

        /** Brings the rows of a block into the worker's scratch. */
        abstract void packRows(Tensor from, Block block);

        /** Computes and stores a block, whose rows of a are packed. */
        abstract void multiply(Block block);
    }
}
