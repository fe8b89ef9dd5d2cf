package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;

import dev.tern.Execution;
import dev.tern.Gemm;

/**
 * int8, and narrower weights widened to it: exact sums of at most {@link ByteTiles#DEPTH} products in f32, added to
 * ints. A block of rows has each panel widened to floats once, which its tiles then read like any f32 panel; up to four
 * rows widen as they go.
 */
final class IntegerGemm extends ByteGemm {
    private static final int WIDE_DEPTH = Math.min(ByteTiles.DEPTH, FloatGemm.DEPTH);
    private static final int THIN = 4; // rows that are multiplied with bytes as they are
    private static final float[] ZEROS = new float[COLUMNS];

    private final IntegerEpilogue epilogue;

    IntegerGemm(final Gemm gemm, final Operands operands, final Panels weights, final Execution execution) {
        super(gemm, operands, weights, execution);
        this.epilogue = new IntegerEpilogue(gemm, columns.count() * COLUMNS);
    }

    @Override
    Run newRun() {
        return new IntegerRun();
    }

    private final class IntegerRun extends ByteRun {
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
            final byte[] bytes = panels();
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
