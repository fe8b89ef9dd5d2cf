package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * Signs on both sides: sums start from bias + k, and each pair that differs takes two away. They stay in registers over
 * the whole of k: a step reads 128 bytes of b for 48 instructions, for which the L2 cache is fast enough.
 */
final class SignGemm extends BlockedGemm {
    private final int words;
    private final SignWords signs;
    private final Panels weights;
    private final IntegerEpilogue epilogue;
    private final SignPadding padding; // null where there is none
    private final int[] packedTaps;

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

    static SignGemm compile(
            final Gemm gemm, final Operands operands, final PackedWeights weights, final Execution execution) {
        final Panels panels = weights == null
                ? null
                : weights.form(
                        "vector b1 " + COLUMNS + operands.name(),
                        Panels.class,
                        b -> pack(new ColumnPanels(gemm, operands), b, execution));
        return new SignGemm(gemm, operands, panels, execution);
    }

    private static Panels pack(final ColumnPanels columns, final Tensor b, final Execution execution) {
        final int[] values = new int[(int) columns.elements()];
        execution.parallel((from, to, w) -> columns.pack(b, 0, (int) from, (int) to, values, w), columns.count(), 1);
        return new Panels(values);
    }

    /** @param weights null where b comes with each run */
    private SignGemm(final Gemm gemm, final Operands operands, final Panels weights, final Execution execution) {
        super(gemm, operands, execution);
        this.words = columns.depth();
        this.signs = new SignWords(k / operands.taps());
        this.weights = weights;
        this.epilogue = new IntegerEpilogue(gemm, columns.count() * COLUMNS);
        this.padding = operands.a() instanceof final Patches patches
                ? new SignPadding(patches, columns.count() * COLUMNS)
                : null;
        this.packedTaps = new int[padding == null || weights == null ? 0 : padding.length()];
        if (packedTaps.length > 0) {
            padding.sum(weights.values, 0, columns.count(), signs.signs(), packedTaps);
        }
    }

    @Override
    Run newRun() {
        return new SignRun();
    }

    private final class SignRun extends Run {
        private int[] panels = new int[0];
        private int[] taps = packedTaps;

        @Override
        void reservePanels() {
            if (panels.length < columns.elements()) {
                panels = new int[(int) columns.elements()];
                taps = new int[padding == null ? 0 : padding.length()];
            }
        }

        @Override
        void packPanels(
                final Tensor from, final long matrix, final int first, final int last, final Workspace workspace) {
            columns.pack(from, matrix, first, last, panels, workspace);
            if (padding != null) {
                padding.sum(panels, first, last, signs.signs(), taps);
            }
        }

        /** A panel [words][tile rows] for each tile, from its first row * words on. */
        @Override
        void packRows(final Tensor from, final Block block) {
            final int size = RowPanels.padded(block.rows) * words;
            final int[] lines = block.workspace.ints(Scratch.SIGN_LINES, size);
            final int[] rows = block.workspace.ints(Scratch.SIGN_ROWS, size);
            for (int r = 0; r < block.rows; r++) {
                operands.a().read(signs, from, block.row + r, 0, words, lines, r * words, block.workspace);
            }
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                SignWords.interleave(RowPanels.tileRows(block.rows - r), lines, r * words, words, rows);
            }
        }

        /** Strips as high as a tile leave the L1 cache for y, and nothing between. */
        @Override
        void multiply(final Block block) {
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                final int rows = RowPanels.tileRows(block.rows - r);
                final Block strip = block.strip(r, Math.min(rows, block.rows - r));
                final int[] sums = block.workspace.ints(Scratch.INT_SUMS, strip.size());
                multiply(strip, rows, r * words, sums);
                if (padding != null) {
                    padding.takeBack(strip, taps, sums);
                }
                epilogue.store(strip, sums);
            }
        }

        private void multiply(final Block strip, final int rows, final int aAt, final int[] sums) {
            final int[] a = strip.workspace.ints(Scratch.SIGN_ROWS, 0);
            final int[] b = weights == null ? panels : weights.values;
            final int[] seeds = epilogue.seeds();
            for (int p = 0; p < strip.panels; p++) {
                final int column = strip.column() + p * COLUMNS;
                final int at = p * COLUMNS;
                SignTiles.multiply(rows, a, aAt, b, column * words, words, seeds, column, sums, at, strip.stride());
            }
        }
    }
}
