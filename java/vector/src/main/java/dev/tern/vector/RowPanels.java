package dev.tern.vector;

import static dev.tern.vector.VectorWidth.ROWS;

import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * Packs operand a as the tiles read it.
 *
 * <pre>
 * rows        8 8 … 8 4|1        cut into tiles; the last may hold rows past the end, whose results nobody reads
 * panel       [k][tile rows]     of the tile that starts at row r: from r * k on
 * </pre>
 */
final class RowPanels {
    private static final int CHUNK = 512; // of k: eight rows of them are 16 KB, a part of the L1 cache
    private static final int TRANSPOSED_CHUNK = 64; // rows of k, each as long as the block has rows

    private final Elements<float[]> elements;
    private final Lines lines;
    private final boolean transposed;
    private final int k;
    private final boolean sums; // of rows, for the zero points of b

    RowPanels(final Gemm gemm, final Lines lines) {
        this.elements = Elements.ofA(gemm);
        this.lines = lines;
        this.transposed = gemm.layout().transposesA();
        this.k = gemm.k();
        this.sums = gemm.isQuantized()
                && !gemm.scalesWeights()
                && !gemm.bQuantization().isSymmetric();
    }

    /** Rows of the tile that takes the first of {@code left} rows. */
    static int tileRows(final int left) {
        return left == 1 ? 1 : left <= 4 ? 4 : ROWS;
    }

    /** {@code rows}, rounded up to whole tiles of the widest kind. */
    static int padded(final int rows) {
        return Math.ceilDiv(rows, ROWS) * ROWS;
    }

    /** Rows that are computed for so many. */
    static long tiled(final long rows) {
        final int last = (int) (rows % ROWS);
        return rows - last + (last == 0 ? 0 : tileRows(last));
    }

    /** Floats that the panels of a block take. */
    static long floats(final int rows, final int k) {
        return (long) padded(rows) * k + Interleave.SLACK;
    }

    /** Packs rows {@code [first, first + rows)}, in a batch those of a matrix, into the worker's scratch. */
    void pack(final Tensor a, final long first, final int rows, final Workspace workspace) {
        if (transposed) {
            packTerms(a, first >> Places.ROW_BITS << Places.ROW_BITS, k, (int) first, rows, workspace);
            return;
        }
        final float[] panels = workspace.floats(Scratch.ROW_PANELS, (int) floats(rows, k));
        if (sums) {
            Arrays.fill(workspace.ints(Scratch.ROW_SUMS, padded(rows)), 0);
        }
        for (int r = 0; r < rows; r += tileRows(rows - r)) {
            packTile(a, first, r, rows - r, panels, workspace);
        }
    }

    private void packTile(
            final Tensor a,
            final long first,
            final int row,
            final int left,
            final float[] panels,
            final Workspace workspace) {
        final int height = tileRows(left);
        final int there = Math.min(height, left);
        final float[] staged = workspace.floats(Scratch.STAGED, ROWS * CHUNK + Elements.SLACK);
        Arrays.fill(staged, there * CHUNK, height * CHUNK, 0);
        for (int from = 0; from < k; from += CHUNK) {
            final int count = Math.min(CHUNK, k - from);
            for (int r = 0; r < there; r++) {
                lines.read(elements, a, first + row + r, from, count, staged, r * CHUNK, workspace);
                if (sums) {
                    workspace.ints(Scratch.ROW_SUMS, 0)[row + r] += sum(staged, r * CHUNK, count);
                }
            }
            Interleave.rows(height, staged, CHUNK, count, panels, row * k + from * height);
        }
    }

    /** Exact: integers of at most 255, and no more than 512 of them. */
    private static int sum(final float[] values, final int from, final int count) {
        int sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += (int) values[i];
        }
        return sum;
    }

    /** Packs the terms {@code [begin, begin + terms)} of some rows. a is [k, m]: a line has one for each row. */
    void packTerms(
            final Tensor a,
            final long begin,
            final int terms,
            final int first,
            final int rows,
            final Workspace workspace) {
        final float[] panels = workspace.floats(Scratch.ROW_PANELS, (int) floats(rows, terms));
        final int stride = padded(rows);
        final float[] staged = workspace.floats(Scratch.STAGED, TRANSPOSED_CHUNK * stride + Elements.SLACK);
        for (int from = 0; from < terms; from += TRANSPOSED_CHUNK) {
            final int count = Math.min(TRANSPOSED_CHUNK, terms - from);
            for (int i = 0; i < count; i++) {
                lines.read(elements, a, begin + from + i, first, rows, staged, i * stride, workspace);
            }
            for (int r = 0; r < rows; r += tileRows(rows - r)) {
                final int height = tileRows(rows - r);
                copyTile(staged, r, stride, count, height, panels, r * terms + from * height);
            }
        }
    }

    private static void copyTile(
            final float[] staged,
            final int row,
            final int stride,
            final int count,
            final int height,
            final float[] panels,
            final int at) {
        if (height == ROWS) {
            Interleave.tileColumns(staged, row, stride, count, panels, at, height);
            return;
        }
        for (int i = 0; i < count; i++) {
            System.arraycopy(staged, row + i * stride, panels, at + i * height, height);
        }
    }
}
