package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * Packs operand b as the tiles read it: for every COLUMNS columns one panel [depth][COLUMNS], of floats (bf16 becomes
 * them), of bytes where weights are integers, of words where both are signs. Panel p starts at {@code p * depth *
 * COLUMNS}; columns past the last hold anything.
 */
final class ColumnPanels {
    private static final int CHUNK = 512; // of k, where b is [n, k]
    private static final int CHUNK_ROWS = 16; // of k, where b is [k, n]
    private static final int GROUP = 8; // panels that one row is cut into at a time: 1 KB of it

    private final boolean transposed;
    private final int n;
    private final int k;
    private final int depth;
    private final int taps;
    private final Lines lines;
    private final Elements<float[]> elements; // of an operand that is no integer
    private final SignWords signs;

    ColumnPanels(final Gemm gemm, final Operands operands) {
        lines = operands.b();
        elements = Elements.ofReals(gemm.bType());
        taps = operands.taps();
        transposed = gemm.layout().transposesB();
        n = gemm.n();
        k = gemm.k();
        signs = new SignWords(k / taps);
        depth = gemm.aType() == DataType.B1 ? taps * SignWords.count(k / taps) : k;
    }

    /** Terms of a sum, or words of 32 of them where they are signs. */
    int depth() {
        return depth;
    }

    int count() {
        return Math.ceilDiv(n, COLUMNS);
    }

    /** Elements of all panels. */
    long elements() {
        return (long) count() * COLUMNS * depth;
    }

    /** The line that a matrix of a batch begins at. */
    private static long firstLine(final long matrix) {
        return matrix << Places.ROW_BITS;
    }

    /** Packs the panels {@code [from, to)} of an operand of f32 or bf16. */
    void pack(
            final Tensor b,
            final long matrix,
            final int from,
            final int to,
            final float[] panels,
            final Workspace workspace) {
        final long first = firstLine(matrix);
        if (transposed) {
            for (int column = from * COLUMNS; column < to * COLUMNS; column += ROWS) {
                packStrip(b, first, column, panels, workspace);
            }
            return;
        }
        for (int panel = from; panel < to; panel += GROUP) {
            packTerms(b, first, k, panel, Math.min(panel + GROUP, to), 0, panels, workspace);
        }
    }

    /**
     * Packs the terms {@code [begin, begin + terms)} of the panels {@code [from, to)}, with panel {@code base} at the
     * start. b is [k, n]: copies pieces of its lines.
     */
    void packTerms(
            final Tensor b,
            final long begin,
            final int terms,
            final int from,
            final int to,
            final int base,
            final float[] panels,
            final Workspace workspace) {
        final int stride = (to - from) * COLUMNS;
        final int columns = Math.min(n - from * COLUMNS, stride);
        final float[] staged = workspace.floats(Scratch.STAGED, CHUNK_ROWS * stride);
        for (int row = 0; row < terms; row += CHUNK_ROWS) {
            final int rows = Math.min(CHUNK_ROWS, terms - row);
            for (int r = 0; r < rows; r++) {
                lines.read(elements, b, begin + row + r, from * COLUMNS, columns, staged, r * stride, workspace);
            }
            for (int p = from; p < to; p++) {
                final int target = ((p - base) * terms + row) * COLUMNS;
                Interleave.panelRows(staged, (p - from) * COLUMNS, stride, rows, panels, target);
            }
        }
    }

    /** b is [n, k]: interleaves as many of its rows as a tile has. */
    private void packStrip(
            final Tensor b, final long firstLine, final int column, final float[] panels, final Workspace workspace) {
        final int panel = column / COLUMNS;
        final int there = Math.clamp(n - column, 0, ROWS);
        final float[] staged = workspace.floats(Scratch.STAGED, ROWS * CHUNK);
        final float[] strip = workspace.floats(Scratch.PANEL, ROWS * CHUNK + Interleave.SLACK);
        Arrays.fill(staged, there * CHUNK, ROWS * CHUNK, 0);
        for (int from = 0; from < k; from += CHUNK) {
            final int count = Math.min(CHUNK, k - from);
            for (int r = 0; r < there; r++) {
                lines.read(elements, b, firstLine + column + r, from, count, staged, r * CHUNK, workspace);
            }
            Interleave.rows(ROWS, staged, CHUNK, count, strip, 0);
            final int target = (panel * k + from) * COLUMNS + column % COLUMNS;
            Interleave.tileColumns(strip, 0, ROWS, count, panels, target, COLUMNS);
        }
    }

    /** Packs the panels {@code [from, to)} of an integer operand, as bytes. */
    void pack(
            final Tensor b,
            final long matrix,
            final int from,
            final int to,
            final byte[] panels,
            final Workspace workspace) {
        final int first = from * COLUMNS;
        final int columns = Math.min(n, to * COLUMNS) - first;
        if (k > 0 && transposed) {
            scatterRows(b, firstLine(matrix), first, columns, panels, workspace);
        } else {
            cutRows(b, firstLine(matrix), first, columns, panels, workspace);
        }
    }

    /** b is [n, k]. */
    private void scatterRows(
            final Tensor b,
            final long firstLine,
            final int first,
            final int columns,
            final byte[] panels,
            final Workspace workspace) {
        final byte[] line = workspace.heapBytes(Scratch.BYTES, k);
        for (int column = first; column < first + columns; column++) {
            lines.read(Elements.BYTES, b, firstLine + column, 0, k, line, 0, workspace);
            final int at = column / COLUMNS * k * COLUMNS + column % COLUMNS;
            for (int i = 0; i < k; i++) {
                panels[at + i * COLUMNS] = line[i];
            }
        }
    }

    /** b is [k, n]. */
    private void cutRows(
            final Tensor b,
            final long firstLine,
            final int first,
            final int columns,
            final byte[] panels,
            final Workspace workspace) {
        final byte[] line = workspace.heapBytes(Scratch.BYTES, columns);
        for (int row = 0; row < k; row++) {
            lines.read(Elements.BYTES, b, firstLine + row, first, columns, line, 0, workspace);
            for (int c = 0; c < columns; c += COLUMNS) {
                final int target = ((first + c) / COLUMNS * k + row) * COLUMNS;
                System.arraycopy(line, c, panels, target, Math.min(COLUMNS, columns - c));
            }
        }
    }

    /** Packs the panels {@code [from, to)} of an operand of signs, [n, k]. */
    void pack(
            final Tensor b,
            final long matrix,
            final int from,
            final int to,
            final int[] panels,
            final Workspace workspace) {
        final long first = firstLine(matrix);
        final int[] line = workspace.ints(Scratch.SIGN_LINES, depth);
        for (int column = from * COLUMNS; column < Math.min(n, to * COLUMNS); column++) {
            lines.read(signs, b, first + column, 0, depth, line, 0, workspace);
            final int at = column / COLUMNS * depth * COLUMNS + column % COLUMNS;
            for (int i = 0; i < depth; i++) {
                panels[at + i * COLUMNS] = line[i];
            }
        }
    }
}
