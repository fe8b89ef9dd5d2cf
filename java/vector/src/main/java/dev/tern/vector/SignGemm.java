package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.Workspace;

/** Signs on both sides: sums start from bias + k, and each pair that differs takes two away. */
final class SignGemm extends BlockedGemm {
    private static final int DEPTH = FloatGemm.DEPTH; // words, of the piece of a panel that stays in the L1 cache

    private final int words;
    private final Panels weights;
    private final IntegerEpilogue epilogue;

    /** Packed weights. */
    static final class Panels implements PackedForm {
        private int[] values;

        Panels(final int[] values) {
            this.values = values;
        }

        @Override
        public long bytes() {
            return (long) values.length * Integer.BYTES;
        }

        @Override
        public void free() {
            values = null;
        }
    }

    static SignGemm compile(final Gemm gemm, final PackedWeights weights, final Execution execution) {
        final Panels panels = weights == null
                ? null
                : weights.form("vector b1 " + COLUMNS, Panels.class, b -> pack(gemm, b, execution));
        return new SignGemm(gemm, panels, execution);
    }

    private static Panels pack(final Gemm gemm, final Tensor b, final Execution execution) {
        final ColumnPanels columns = new ColumnPanels(gemm);
        final int[] values = new int[(int) columns.elements()];
        execution.parallel((from, to, w) -> columns.pack(b, (int) from, (int) to, values, w), columns.count(), 1);
        return new Panels(values);
    }

    /** @param weights null where b comes with each run */
    private SignGemm(final Gemm gemm, final Panels weights, final Execution execution) {
        super(gemm, execution);
        this.words = columns.depth();
        this.weights = weights;
        this.epilogue = new IntegerEpilogue(gemm, columns.count() * COLUMNS);
    }

    @Override
    Run newRun() {
        return new SignRun();
    }

    private final class SignRun extends Run {
        private int[] panels = new int[0];

        @Override
        void reservePanels() {
            if (panels.length < columns.elements()) {
                panels = new int[(int) columns.elements()];
            }
        }

        @Override
        void packPanels(final Tensor from, final int first, final int last, final Workspace workspace) {
            columns.pack(from, first, last, panels, workspace);
        }

        /** A panel [words][tile rows] for each tile, from its first row * words on. */
        @Override
        void packRows(final Tensor from, final Block block) {
            final int[] rows = block.workspace.ints(Scratch.SIGN_ROWS, RowPanels.padded(block.rows) * words);
            final int[] line = block.workspace.ints(Scratch.SIGN_LINE, words);
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                final int height = RowPanels.tileRows(block.rows - r);
                for (int i = 0; i < Math.min(height, block.rows - r); i++) {
                    SignWords.read(from, block.row + r + i, k, line);
                    for (int w = 0; w < words; w++) {
                        rows[(r * words) + w * height + i] = line[w];
                    }
                }
            }
        }

        @Override
        void multiply(final Block block) {
            final int[] sums = block.workspace.ints(Scratch.INT_SUMS, block.size());
            epilogue.seed(block, sums);
            final int pieces = Math.max(1, Math.ceilDiv(words, DEPTH));
            final int depth = Math.ceilDiv(words, pieces);
            for (int piece = 0; piece < pieces; piece++) {
                final int from = piece * depth;
                for (int p = 0; p < block.panels; p++) {
                    multiplyPanel(block, p, from, Math.min(depth, words - from), sums);
                }
            }
            epilogue.store(block, sums);
        }

        private void multiplyPanel(final Block block, final int p, final int from, final int depth, final int[] sums) {
            final int[] a = block.workspace.ints(Scratch.SIGN_ROWS, 0);
            final int[] b = weights == null ? panels : weights.values;
            final int bAt = ((block.panel + p) * words + from) * COLUMNS;
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                final int rows = RowPanels.tileRows(block.rows - r);
                final int at = r * block.stride() + p * COLUMNS;
                SignTiles.multiply(rows, a, r * words + from * rows, b, bAt, depth, sums, at, block.stride());
            }
        }
    }
}
