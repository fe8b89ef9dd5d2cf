package dev.tern.bench;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * That of sums of products, in double, which holds those of integers exactly. Each group of columns has rows of its
 * own.
 */
final class ProductTruth implements Truth {

    private static final int BLOCK_ROWS = 16;

    private final ProductCase problem;
    private final int rows;
    private final int columns;
    private final int groups;
    private final int depth;
    private final double[] sums;
    private final double[] rowNorms;
    private final double[] columnNorms;
    private final double[] rowLargest;
    private final double[] columnMagnitudes;

    private ProductTruth(final ProductCase problem, final int columns, final int groups, final int depth) {
        this.problem = problem;
        this.rows = Math.toIntExact(problem.rows());
        this.columns = columns;
        this.groups = groups;
        this.depth = depth;
        this.sums = new double[Math.multiplyExact(rows, columns)];
        this.rowNorms = new double[Math.multiplyExact(rows, groups)];
        this.columnNorms = new double[columns];
        this.rowLargest = new double[rowNorms.length];
        this.columnMagnitudes = new double[columns];
    }

    /** A factor of the products: element {@code k} of a row of A, or of a column of B. */
    private interface Factor {
        double at(int vector, int k);
    }

    static ProductTruth ofGemm(final GemmCase gemm, final Inputs inputs) {
        final ProductTruth truth = new ProductTruth(gemm, gemm.n(), 1, gemm.k());
        final GemmType type = gemm.type();
        final Factor a = type.isTransposedA()
                ? (row, k) -> type.a().at(inputs.a(), k, row, gemm.m())
                : (row, k) -> type.a().at(inputs.a(), row, k, gemm.k());
        final Factor b = type.isTransposedB()
                ? (column, k) -> type.b().at(inputs.b(), column, k, gemm.k())
                : (column, k) -> type.b().at(inputs.b(), k, column, gemm.n());
        truth.multiply(0, a, type.isGrouped() ? (column, k) -> gemm.scale(column, k) * b.at(column, k) : b);
        return truth;
    }

    static ProductTruth ofSparse(final SparseCase sparse, final Inputs inputs) {
        final ProductTruth truth = new ProductTruth(sparse, sparse.n(), 1, sparse.k());
        truth.multiply(
                0,
                (row, k) -> sparse.type().a().at(inputs.a(), row, k, sparse.k()),
                (column, k) -> sparse.type().b().at(inputs.b(), column, k, sparse.k()));
        return truth;
    }

    static ProductTruth ofConv(final ConvCase conv, final Inputs inputs) {
        final ProductTruth truth = new ProductTruth(conv, conv.filters(), conv.groups(), conv.terms());
        final int channels = conv.channels() / conv.groups();
        final Factor weights = (filter, k) -> {
            final long tap = (long) filter * conv.kernel() * conv.kernel() + k / channels;
            return conv.type().b().at(inputs.b(), tap, k % channels, channels);
        };
        for (int g = 0; g < conv.groups(); g++) {
            final int first = g * channels;
            final Factor patches = (row, k) -> pixel(conv, inputs.a(), row, k / channels, first + k % channels);
            truth.multiply(g, patches, weights);
        }
        return truth;
    }

    /** What an output position sees of a channel through a tap of the window; 0 outside of the image. */
    private static double pixel(
            final ConvCase conv, final MemorySegment x, final int row, final int tap, final int channel) {
        final int outputs = conv.outputHeight() * conv.outputWidth();
        final int image = row / outputs;
        final int ih = row % outputs / conv.outputWidth() * conv.stride() - conv.padding() + tap / conv.kernel();
        final int iw = row % conv.outputWidth() * conv.stride() - conv.padding() + tap % conv.kernel();
        final boolean outside = ih < 0 || ih >= conv.height() || iw < 0 || iw >= conv.width();
        final long position = ((long) image * conv.height() + ih) * conv.width() + iw;
        return outside ? 0 : conv.type().a().at(x, position, channel, conv.channels());
    }

    @Override
    public OptionalLong firstWrong(final MemorySegment y, final double rounding) {
        return IntStream.range(0, sums.length)
                .filter(i -> !agrees(y, i, rounding))
                .mapToLong(i -> i)
                .findFirst();
    }

    private boolean agrees(final MemorySegment y, final int i, final double rounding) {
        final int column = i % columns;
        final double got = problem.type().y().at(y, i / columns, column, columns);
        final double want = problem.finish(column, sums[i]);
        return problem.type().isExact()
                ? got == want
                : Math.abs(got - want) <= bound(i / columns, column) + rounded(i / columns, column, rounding);
    }

    /**
     * Any order of summing the products, each step rounded: gamma(depth) of the sum of magnitudes, and one unit for the
     * store. The sum of magnitudes is at most the product of the Euclidean norms of row and column.
     */
    private double bound(final int row, final int column) {
        final double steps = (depth + 1) * UNIT_ROUNDOFF;
        return steps / (1 - steps) * rowNorms[row * groups + group(column)] * columnNorms[column];
    }

    /** By how much y changes where each element of the row moves by so much of the largest. */
    private double rounded(final int row, final int column, final double rounding) {
        return rounding * rowLargest[row * groups + group(column)] * columnMagnitudes[column];
    }

    private int group(final int column) {
        return column / (columns / groups);
    }

    private void multiply(final int group, final Factor a, final Factor b) {
        final int width = columns / groups;
        final int first = group * width;
        final double[] panel = new double[depth * width];
        for (int column = 0; column < width; column++) {
            for (int k = 0; k < depth; k++) {
                final double factor = b.at(first + column, k);
                panel[k * width + column] = factor;
                columnNorms[first + column] += factor * factor;
                columnMagnitudes[first + column] += Math.abs(factor);
            }
            columnNorms[first + column] = Math.sqrt(columnNorms[first + column]);
        }
        IntStream.range(0, Math.ceilDiv(rows, BLOCK_ROWS)).parallel().forEach(block -> {
            final int end = Math.min(rows, (block + 1) * BLOCK_ROWS);
            multiply(group, block * BLOCK_ROWS, end, a, panel);
        });
    }

    /** A row of B is used by a whole block while it is near. */
    private void multiply(final int group, final int from, final int to, final Factor a, final double[] panel) {
        final int width = columns / groups;
        final double[] squares = new double[to - from];
        final double[] largest = new double[to - from];
        for (int k = 0; k < depth; k++) {
            for (int row = from; row < to; row++) {
                final double factor = a.at(row, k);
                squares[row - from] += factor * factor;
                largest[row - from] = Math.max(largest[row - from], Math.abs(factor));
                addScaled(row * columns + group * width, width, factor, panel, k * width);
            }
        }
        for (int row = from; row < to; row++) {
            rowNorms[row * groups + group] = Math.sqrt(squares[row - from]);
            rowLargest[row * groups + group] = largest[row - from];
        }
    }

    private void addScaled(final int sum, final int width, final double scale, final double[] panel, final int at) {
        for (int j = 0; j < width; j++) {
            sums[sum + j] += scale * panel[at + j];
        }
    }
}
