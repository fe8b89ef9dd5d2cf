package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/** f32, and bf16, whose panels are f32: sums start from the bias, or from y, and grow in scratch over blocks of k. */
final class FloatGemm extends BlockedGemm {
    /** Of the piece of a panel that stays in the L1 cache: 32 KB, beside 8 KB of a. */
    static final int DEPTH = 8192 / COLUMNS;

    private static final int THIN = 4; // rows that read a panel once only, and so in one go

    private final RowPanels rows;
    private final Panels weights;
    private final float[] bias;
    private final RangeTask repacking = this::repack;
    private Tensor unpacked;

    /** Packed weights. */
    static final class Panels implements PackedForm {
        private float[] values;

        Panels(final float[] values) {
            this.values = values;
        }

        float[] values() {
            return values;
        }

        @Override
        public long bytes() {
            return (long) values.length * Float.BYTES;
        }

        @Override
        public void free() {
            values = null;
        }
    }

    static FloatGemm compile(
            final Gemm gemm, final Operands operands, final PackedWeights weights, final Execution execution) {
        final Panels panels = weights == null
                ? null
                : weights.form(
                        "vector f32 " + COLUMNS + operands.name(),
                        Panels.class,
                        b -> pack(new ColumnPanels(gemm, operands), b, execution));
        return new FloatGemm(gemm, operands, panels, execution);
    }

    /** One whose weights are packed by {@link #repack}, and then serve any number of runs. */
    static FloatGemm repacked(final Gemm gemm, final Execution execution) {
        final ColumnPanels columns = new ColumnPanels(gemm, Operands.MATRICES);
        final Panels room = new Panels(new float[(int) columns.elements()]);
        return new FloatGemm(gemm, Operands.MATRICES, room, execution);
    }

    private static Panels pack(final ColumnPanels columns, final Tensor b, final Execution execution) {
        final float[] values = new float[(int) columns.elements()];
        execution.parallel((from, to, w) -> columns.pack(b, 0, (int) from, (int) to, values, w), columns.count(), 1);
        return new Panels(values);
    }

    /** @param weights null where b comes with each run */
    private FloatGemm(final Gemm gemm, final Operands operands, final Panels weights, final Execution execution) {
        super(gemm, operands, execution);
        this.rows = new RowPanels(gemm, operands.a());
        this.weights = weights;
        final float[] given = gemm.floatBias();
        this.bias = Arrays.copyOf(given == null ? new float[0] : given, columns.count() * COLUMNS);
    }

    /** Between runs. */
    void repack(final Tensor b) {
        unpacked = b;
        execution.parallel(repacking, columns.count(), PANELS_PER_FORK);
        unpacked = null;
    }

    private void repack(final long from, final long to, final Workspace workspace) {
        columns.pack(unpacked, 0, (int) from, (int) to, weights.values, workspace);
    }

    @Override
    Run newRun() {
        return new FloatRun();
    }

    private final class FloatRun extends Run {
        private float[] panels = new float[0];

        @Override
        void reservePanels() {
            if (panels.length < columns.elements()) {
                panels = new float[(int) columns.elements()];
            }
        }

        @Override
        void packPanels(
                final Tensor from, final long matrix, final int first, final int last, final Workspace workspace) {
            columns.pack(from, matrix, first, last, panels, workspace);
        }

        @Override
        void packRows(final Tensor from, final Block block) {
            rows.pack(from, block.row, block.rows, block.workspace);
        }

        @Override
        void multiply(final Block block) {
            final float[] sums = block.workspace.floats(Scratch.SUMS, block.size());
            if (gemm.accumulates()) {
                Output.seed(block, bias, sums);
            }
            final int pieces = block.rows <= THIN ? 1 : Math.max(1, Math.ceilDiv(k, DEPTH));
            final int depth = Math.ceilDiv(k, pieces);
            for (int piece = 0; piece < pieces; piece++) {
                final int from = piece * depth;
                multiply(block, from, Math.min(depth, k - from), sums);
            }
            Output.clamp(sums, block.rows * block.stride(), gemm);
            Output.store(sums, block, JAVA_FLOAT_UNALIGNED);
        }

        /** Adds the terms {@code [from, from + depth)}. The panel of b is the one that stays in the L1 cache. */
        private void multiply(final Block block, final int from, final int depth, final float[] sums) {
            final float[] a = block.workspace.floats(Scratch.ROW_PANELS, 0);
            final float[] b = weights == null ? panels : weights.values;
            final boolean first = from == 0 && !gemm.accumulates();
            final int stride = block.stride();
            for (int p = 0; p < block.panels; p++) {
                final int bAt = ((block.panel + p) * k + from) * COLUMNS;
                final int biasAt = (block.panel + p) * COLUMNS;
                for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                    final int rows = RowPanels.tileRows(block.rows - r);
                    final int aAt = r * k + from * rows;
                    final int at = r * stride + p * COLUMNS;
                    if (first) {
                        FloatTiles.multiply(rows, a, aAt, b, bAt, depth, bias, biasAt, 0, sums, at, stride);
                    } else {
                        FloatTiles.multiply(rows, a, aAt, b, bAt, depth, sums, at, stride, sums, at, stride);
                    }
                }
            }
        }
    }
}
