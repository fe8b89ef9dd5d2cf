package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Execution;
import dev.tern.PackedWeights;
import dev.tern.Spmm;
import dev.tern.Tensor;
import dev.tern.Workspace;

/** Sparse weights: the tiles of rows that a dense product packs, each times the stored weights of every column. */
final class SparseGemm extends BlockedGemm {
    private final RowPanels rows;
    private final SparseWeights weights;
    private final float[] bias;
    private final IntegerEpilogue epilogue;

    SparseGemm(final Spmm spmm, final PackedWeights packed, final Execution execution) {
        super(spmm.product(), Operands.MATRICES, execution);
        rows = new RowPanels(gemm, operands.a());
        weights = SparseWeights.of(spmm, packed);
        final float[] given = gemm.floatBias();
        bias = given == null ? new float[gemm.n()] : given;
        epilogue = gemm.isQuantized() ? new IntegerEpilogue(gemm, columns.count() * COLUMNS) : null;
    }

    @Override
    Run newRun() {
        return new SparseRun();
    }

    private final class SparseRun extends Run {
        @Override
        void reservePanels() {
            throw new IllegalStateException("b: weights are packed");
        }

        @Override
        void packPanels(
                final Tensor from, final long matrix, final int first, final int last, final Workspace workspace) {
            throw new IllegalStateException("b: weights are packed");
        }

        @Override
        void packRows(final Tensor from, final Block block) {
            rows.pack(from, block.row, block.rows, block.workspace);
        }

        @Override
        void multiply(final Block block) {
            if (epilogue == null) {
                multiplyFloats(block);
            } else {
                multiplyIntegers(block);
            }
        }
    }

    private void multiplyFloats(final Block block) {
        final float[] sums = block.workspace.floats(Scratch.SUMS, block.size());
        final float[] tile = block.workspace.floats(Scratch.PANEL, Math.max(ROWS, block.columns));
        seed(block, sums);
        for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
            for (int c = 0; c < block.columns; c++) {
                final int column = block.column() + c;
                final int height = multiply(block, r, weights.starts[column], weights.starts[column + 1], tile);
                for (int i = 0; i < height; i++) {
                    sums[(r + i) * block.stride() + c] += tile[i];
                }
            }
        }
        Output.clamp(sums, block.rows * block.stride(), gemm);
        Output.store(sums, block, JAVA_FLOAT_UNALIGNED);
    }

    /** Starts the sums from the bias, and from y where it is added to. */
    private void seed(final Block block, final float[] sums) {
        for (int r = 0; r < block.rows; r++) {
            System.arraycopy(bias, block.column(), sums, r * block.stride(), block.columns);
        }
        if (gemm.accumulates()) {
            Output.addY(block, sums);
        }
    }

    /** Sums of as many stored weights as {@link ByteTiles#DEPTH} are exact in f32. */
    private void multiplyIntegers(final Block block) {
        final int[] sums = block.workspace.ints(Scratch.INT_SUMS, block.size());
        final float[] tile = block.workspace.floats(Scratch.PANEL, ROWS);
        epilogue.seed(block, sums);
        for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
            for (int c = 0; c < block.columns; c++) {
                final int end = weights.starts[block.column() + c + 1];
                for (int from = weights.starts[block.column() + c]; from < end; from += ByteTiles.DEPTH) {
                    final int height = multiply(block, r, from, Math.min(from + ByteTiles.DEPTH, end), tile);
                    for (int i = 0; i < height; i++) {
                        sums[(r + i) * block.stride() + c] += (int) tile[i];
                    }
                }
            }
        }
        epilogue.store(block, sums);
    }

    /** The tile of rows that begins at row {@code r}, times stored weights; returns its height. */
    private int multiply(final Block block, final int r, final int from, final int to, final float[] tile) {
        final int height = RowPanels.tileRows(block.rows - r);
        final float[] a = block.workspace.floats(Scratch.ROW_PANELS, 0);
        SparseTiles.multiply(height, a, r * k, weights.terms, weights.values, from, to, tile);
        return height;
    }
}
