package dev.tern.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * What a case's result is, and how far a float may be from it. Written from the definition, not from any backend, so
 * that Tern and its peers stand before the same judge.
 */
final class Truth {

    /** Half the distance from 1 to the next float. */
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    private static final int BLOCK_ROWS = 16;

    private final GemmCase gemm;
    private final int[] sums;
    private final double[] exact;
    private double[] rowNorms;
    private double[] columnNorms;

    private Truth(final GemmCase gemm) {
        final int size = Math.multiplyExact(gemm.m(), gemm.n());
        final boolean integer = gemm.type().isInteger();
        this.gemm = gemm;
        this.sums = new int[integer ? size : 0];
        this.exact = new double[integer ? 0 : size];
    }

    static Truth of(final GemmCase gemm, final GemmInputs inputs) {
        final Truth truth = new Truth(gemm);
        if (gemm.type().isInteger()) {
            truth.multiplyIntegers(inputs);
        } else {
            truth.multiplyFloats(inputs);
        }
        return truth;
    }

    /**
     * The index of the first element of {@code y} that is wrong: not equal, or, for floats, out of the bound or NaN.
     */
    OptionalLong firstWrong(final MemorySegment y) {
        final long size = (long) gemm.m() * gemm.n();
        for (long i = 0; i < size; i++) {
            if (!agrees(y, (int) i)) {
                return OptionalLong.of(i);
            }
        }
        return OptionalLong.empty();
    }

    private boolean agrees(final MemorySegment y, final int i) {
        if (gemm.type().isInteger()) {
            return y.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i) == sums[i];
        }
        final double magnitude = rowNorms[i / gemm.n()] * columnNorms[i % gemm.n()];
        return Math.abs(y.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i) - exact[i]) <= bound() * magnitude;
    }

    /**
     * Any order of summing k products, each step rounded: gamma(k) of the sum of magnitudes, and one unit for the
     * store. The sum of magnitudes is at most the product of the Euclidean norms of row and column.
     */
    private double bound() {
        final double steps = (gemm.k() + 1) * UNIT_ROUNDOFF;
        return steps / (1 - steps);
    }

    private void multiplyIntegers(final GemmInputs inputs) {
        final int n = gemm.n();
        final GemmType type = gemm.type();
        final int[] b = new int[gemm.k() * n];
        for (int k = 0; k < gemm.k(); k++) {
            for (int column = 0; column < n; column++) {
                b[k * n + column] = type.isTransposedB()
                        ? integer(inputs.b(), type.b(), column, k, gemm.k())
                        : integer(inputs.b(), type.b(), k, column, n);
            }
        }
        forBlocksOfRows(
                (row, k) -> addScaled(sums, row * n, n, integer(inputs.a(), type.a(), row, k, gemm.k()), b, k * n));
    }

    /** Of a matrix whose rows have {@code length} elements and begin on whole bytes. */
    private static int integer(
            final MemorySegment from, final GemmType.Element element, final int row, final int at, final int length) {
        final int bits = element.bits();
        final int bit = at * bits;
        final byte held = from.get(ValueLayout.JAVA_BYTE, row * element.bytes(length) + bit / Byte.SIZE);
        final int raw = held >> bit % Byte.SIZE & (1 << bits) - 1;
        return switch (element) {
            case U8 -> raw;
            case B1 -> raw * 2 - 1;
            default -> raw << Integer.SIZE - bits >> Integer.SIZE - bits;
        };
    }

    private void multiplyFloats(final GemmInputs inputs) {
        final int n = gemm.n();
        final int depth = gemm.k();
        final double[] a = rowMajor(inputs.a(), gemm.m(), depth, gemm.type().isTransposedA());
        final double[] b = rowMajor(inputs.b(), depth, n, gemm.type().isTransposedB());
        rowNorms = norms(gemm.m(), depth, (row, k) -> a[row * depth + k]);
        columnNorms = norms(n, depth, (column, k) -> b[k * n + column]);
        forBlocksOfRows((row, k) -> addScaled(exact, row * n, n, a[row * depth + k], b, k * n));
    }

    /** An element of a row of A, or of a column of B. */
    private interface Element {
        double at(int vector, int k);
    }

    private static double[] norms(final int vectors, final int depth, final Element element) {
        final double[] squares = new double[vectors];
        for (int k = 0; k < depth; k++) {
            for (int i = 0; i < vectors; i++) {
                squares[i] += element.at(i, k) * element.at(i, k);
            }
        }
        return Arrays.stream(squares).map(Math::sqrt).toArray();
    }

    /** What a row of y owes to one k. */
    private interface Step {
        void take(int row, int k);
    }

    /** A row of B is used by a whole block while it is near. */
    private void forBlocksOfRows(final Step step) {
        final int blocks = Math.ceilDiv(gemm.m(), BLOCK_ROWS);
        IntStream.range(0, blocks).parallel().forEach(block -> {
            final int end = Math.min(gemm.m(), (block + 1) * BLOCK_ROWS);
            for (int k = 0; k < gemm.k(); k++) {
                for (int row = block * BLOCK_ROWS; row < end; row++) {
                    step.take(row, k);
                }
            }
        });
    }

    private static void addScaled(
            final int[] sum, final int sumAt, final int n, final int scale, final int[] b, final int at) {
        for (int j = 0; j < n; j++) {
            sum[sumAt + j] += scale * b[at + j];
        }
    }

    private static void addScaled(
            final double[] sum, final int sumAt, final int n, final double scale, final double[] b, final int at) {
        for (int j = 0; j < n; j++) {
            sum[sumAt + j] += scale * b[at + j];
        }
    }

    private static double[] rowMajor(
            final MemorySegment from, final int rows, final int columns, final boolean transposed) {
        final double[] to = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                to[i * columns + j] =
                        from.getAtIndex(ValueLayout.JAVA_FLOAT, transposed ? j * rows + i : i * columns + j);
            }
        }
        return to;
    }
}
