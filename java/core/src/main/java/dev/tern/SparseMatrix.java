package dev.tern;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * A matrix of which only some blocks of {@link Sparsity#blockWidth} neighbours are stored, row by row.
 *
 * <pre>
 *   0 5 0 0        CSR: rowStarts 0 1 1 3    columns 1, 0, 3        values 5, 7, 2
 *   0 0 0 0        1x4: rowStarts 0 1 1 2    columns 0, 0           values 0 5 0 0, 7 0 0 2
 *   7 0 0 2
 * </pre>
 *
 * <p>Made from a dense tensor, to which it converts back bit by bit; a negative zero is stored. Immutable.
 */
public final class SparseMatrix {
    private final Sparsity sparsity;
    private final TensorType dense;
    private final int[] rowStarts;
    private final int[] columns;
    private final Tensor values;

    private SparseMatrix(
            final Sparsity sparsity,
            final TensorType dense,
            final int[] rowStarts,
            final int[] columns,
            final Tensor values) {
        this.sparsity = sparsity;
        this.dense = dense;
        this.rowStarts = rowStarts;
        this.columns = columns;
        this.values = values;
    }

    /** Drops the zeros of a matrix of F32 or S8; refuses a group that has too many others. */
    public static SparseMatrix of(final Sparsity sparsity, final Tensor matrix) {
        requireMatrix(sparsity, matrix);
        return build(sparsity, matrix, index -> bits(matrix, index) != 0, matrix.stride(0));
    }

    /** Keeps the elements whose mask, a U8 tensor of the same shape, is not 0, be they zero or not. */
    public static SparseMatrix of(final Sparsity sparsity, final Tensor matrix, final Tensor mask) {
        requireMatrix(sparsity, matrix);
        new TensorType(DataType.U8, matrix.shape()).require(mask, "mask");
        return build(sparsity, matrix, index -> mask.integerAt(index) != 0, mask.stride(0));
    }

    private static void requireMatrix(final Sparsity sparsity, final Tensor matrix) {
        Require.notNull(sparsity, "sparsity");
        Require.that(Require.notNull(matrix, "matrix").shape().rank() == 2, "matrix shape", matrix.shape(), "[n, k]");
        requireType(sparsity, matrix.type(), "matrix type");
        Require.that(
                matrix.length(0) < Integer.MAX_VALUE && matrix.length(1) <= Integer.MAX_VALUE,
                "matrix shape",
                matrix.shape(),
                "lengths below 2^31");
    }

    static void requireType(final Sparsity sparsity, final DataType type, final String argument) {
        final boolean fits = type == DataType.S8 || type == DataType.F32 && sparsity != Sparsity.BLOCK_1X4;
        Require.that(fits, argument, type, "S8, or F32 but for blocks of 1x4");
    }

    private static long bits(final Tensor matrix, final long index) {
        return matrix.type() == DataType.F32
                ? matrix.segment().get(ValueLayout.JAVA_INT_UNALIGNED, index * Float.BYTES)
                : matrix.integerAt(index);
    }

    /** {@code kept} tells by the index of an element in its tensor, whose rows are {@code stride} apart. */
    private static SparseMatrix build(
            final Sparsity sparsity, final Tensor matrix, final LongPredicate kept, final long stride) {
        final int width = sparsity.blockWidth();
        final int[] rowStarts = new int[(int) matrix.length(0) + 1];
        int[] columns = new int[16];
        int blocks = 0;
        for (int row = 0; row < matrix.length(0); row++) {
            for (int column = 0; column < matrix.length(1); column += width) {
                if (any(kept, row * stride + column, Math.min(width, matrix.length(1) - column))) {
                    columns = blocks < columns.length ? columns : Arrays.copyOf(columns, Math.multiplyExact(2, blocks));
                    columns[blocks++] = column;
                }
            }
            rowStarts[row + 1] = blocks;
            requireGroups(sparsity, columns, rowStarts[row], blocks, row);
        }
        final Tensor values = Tensor.allocate(matrix.type(), Shape.of((long) blocks * width));
        final TensorType dense = new TensorType(matrix.type(), matrix.shape());
        final SparseMatrix sparse =
                new SparseMatrix(sparsity, dense, rowStarts, Arrays.copyOf(columns, blocks), values);
        sparse.forEach((row, column, index) -> {
            if (kept.test(row * stride + column)) {
                copy(matrix, row * matrix.stride(0) + column, values, index);
            }
        });
        return sparse;
    }

    /** A stored element and its index in {@link #values}. */
    private interface Element {
        void at(long row, int column, long index);
    }

    private void forEach(final Element element) {
        final int width = sparsity.blockWidth();
        for (int row = 0; row < rows(); row++) {
            for (int block = rowStarts[row]; block < rowStarts[row + 1]; block++) {
                for (int i = 0; i < width && columns[block] + i < columns(); i++) {
                    element.at(row, columns[block] + i, (long) block * width + i);
                }
            }
        }
    }

    private static boolean any(final LongPredicate kept, final long from, final long count) {
        for (long index = from; index < from + count; index++) {
            if (kept.test(index)) {
                return true;
            }
        }
        return false;
    }

    /** Refuses a row that stores more of a group than an N:M structure allows. */
    private static void requireGroups(
            final Sparsity sparsity, final int[] columns, final int from, final int to, final int row) {
        final int most = sparsity.mostOfGroup();
        for (int block = from; block + most < to; block++) {
            final int group = columns[block] / Sparsity.GROUP;
            if (columns[block + most] / Sparsity.GROUP == group && most < Sparsity.GROUP) {
                final int first = group * Sparsity.GROUP;
                throw Require.refuse(
                        "matrix",
                        "more than " + most + " in columns " + first + " to " + (first + Sparsity.GROUP - 1)
                                + " of row " + row,
                        "at most " + most + " of every " + Sparsity.GROUP + " that are not zero, for "
                                + sparsity.word());
            }
        }
    }

    private static void copy(final Tensor from, final long fromIndex, final Tensor to, final long toIndex) {
        final long bytes = from.type().bytes(1);
        to.segment().asSlice(toIndex * bytes, bytes).copyFrom(from.segment().asSlice(fromIndex * bytes, bytes));
    }

    /** All elements, zeros where none is stored. */
    public Tensor toDense() {
        final Tensor matrix = Tensor.allocate(dense.type(), dense.shape());
        forEach((row, column, index) -> copy(values, index, matrix, row * matrix.stride(0) + column));
        return matrix;
    }

    /** What it is without its structure. */
    TensorType dense() {
        return dense;
    }

    public Sparsity sparsity() {
        return sparsity;
    }

    public DataType type() {
        return dense.type();
    }

    public int rows() {
        return (int) dense.shape().length(0);
    }

    public int columns() {
        return (int) dense.shape().length(1);
    }

    /** The first block of a row; that of row {@link #rows} is the number of blocks. */
    public int rowStart(final int row) {
        return rowStarts[row];
    }

    /** Where a block begins in its row. */
    public int column(final int block) {
        return columns[block];
    }

    /** The blocks' elements, {@link Sparsity#blockWidth} for each; beyond the last column they are 0. */
    public Tensor values() {
        return values;
    }

    /** The share of blocks that are stored; that of an empty matrix is 0. */
    public double density() {
        final double blocks = (double) rows() * Math.ceilDiv(columns(), sparsity.blockWidth());
        return blocks == 0 ? 0 : columns.length / blocks;
    }

    /** Memory that it takes. */
    public long bytes() {
        return values.extentBytes() + (long) Integer.BYTES * (rowStarts.length + columns.length);
    }

    @Override
    public String toString() {
        return "%s %s, %.1f %% stored".formatted(sparsity.word(), dense, 100 * density());
    }
}
