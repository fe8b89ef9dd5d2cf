package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * int8, and int4 and int2 weights widened to it: exact sums of at most {@link ByteTiles#DEPTH} products in f32, added
 * to ints.
 *
 * <p>Panels are of bytes, one for each weight. A block of rows has each panel widened to floats once, which its tiles
 * then read like any f32 panel; up to four rows widen as they go.
 */
final class ByteGemm extends BlockedGemm {
    private static final int WIDE_DEPTH = Math.min(ByteTiles.DEPTH, FloatGemm.DEPTH);
    private static final int THIN = 4; // rows that are multiplied with bytes as they are
    private static final float[] ZEROS = new float[COLUMNS];

    private final RowPanels rows;
    private final Panels weights;
    private final IntegerEpilogue epilogue;

    /** Packed weights. */
    static final class Panels implements PackedForm {
        private byte[] values;

        Panels(final byte[] values) {
            this.values = values;
        }

        @Override
        public long bytes() {
            return values.length;
        }

        @Override
        public void free() {
            values = null;
        }
    }

    static ByteGemm compile(final Gemm gemm, final PackedWeights weights, final Execution execution) {
        final Panels panels = weights == null
                ? null
                : weights.form("vector s8 " + COLUMNS, Panels.class, b -> pack(gemm, b, execution));
        return new ByteGemm(gemm, panels, execution);
    }

    private static Panels pack(final Gemm gemm, final Tensor b, final Execution execution) {
        final ColumnPanels columns = new ColumnPanels(gemm);
        final byte[] values = new byte[(int) columns.elements() + ByteTiles.OVER_READ];
        execution.parallel((from, to, w) -> columns.pack(b, (int) from, (int) to, values, w), columns.count(), 1);
        return new Panels(values);
    }

    /** @param weights null where b comes with each run */
    private ByteGemm(final Gemm gemm, final Panels weights, final Execution execution) {
        super(gemm, execution);
        this.rows = new RowPanels(gemm);
        this.weights = weights;
        this.epilogue = new IntegerEpilogue(gemm, columns.count() * COLUMNS);
    }

    @Override
    Run newRun() {
        return new ByteRun();
    }

    private final class ByteRun extends Run {
        private byte[] panels = new byte[0];

        @Override
        void reservePanels() {
            final int length = (int) columns.elements() + ByteTiles.OVER_READ;
            if (panels.length < length) {
                panels = new byte[length];
            }
        }

        @Override
        void packPanels(final Tensor from, final int first, final int last, final Workspace workspace) {
            columns.pack(from, first, last, panels, workspace);
        }

        @Override
        void packRows(final Tensor from, final Block block) {
            rows.pack(from, block.row, block.rows, block.workspace);
        }

        @Override
        void multiply(final Block block) {
            final int[] sums = block.workspace.ints(Scratch.INT_SUMS, block.size());
            epilogue.seed(block, sums);
            final int pieces = Math.max(1, Math.ceilDiv(k, block.rows <= THIN ? ByteTiles.DEPTH : WIDE_DEPTH));
            final int depth = Math.ceilDiv(k, pieces);
            for (int piece = 0; piece < pieces; piece++) {
                final int from = piece * depth;
                for (int p = 0; p < block.panels; p++) {
                    multiplyPanel(block, p, from, Math.min(depth, k - from), sums);
                }
            }
            epilogue.store(block, sums);
        }

        private void multiplyPanel(final Block block, final int p, final int from, final int depth, final int[] sums) {
            final byte[] bytes = weights == null ? panels : weights.values;
            final int bAt = ((block.panel + p) * k + from) * COLUMNS;
            final float[] a = block.workspace.floats(Scratch.ROW_PANELS, 0);
            final float[] tile = block.workspace.floats(Scratch.SUMS, ROWS * COLUMNS);
            final float[] wide = block.workspace.floats(Scratch.PANEL, WIDE_DEPTH * COLUMNS);
            final boolean thin = block.rows <= THIN;
            if (!thin) {
                ByteTiles.widen(bytes, bAt, depth * COLUMNS, wide);
            }
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                final int rows = RowPanels.tileRows(block.rows - r);
                final int aAt = r * k + from * rows;
                if (thin) {
                    ByteTiles.multiply(rows, a, aAt, bytes, bAt, depth, tile);
                } else {
                    FloatTiles.multiply(rows, a, aAt, wide, 0, depth, ZEROS, 0, 0, tile, 0, COLUMNS);
                }
                ByteTiles.addTo(tile, rows, sums, r * block.stride() + p * COLUMNS, block.stride());
            }
        }
    }
}
