package dev.tern.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * What a case's result is, and how far a float may be from it. Written from the definition, not from any backend, so
 * that Tern and its peers stand before the same judge.
 */
final class Truth {

    /** Half the distance from 1 to the next float. */
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    private final GemmCase gemm;
    private final int[] sums;
    private final double[] exact;
    private final double[] magnitudes;

    private Truth(final GemmCase gemm) {
        final int size = Math.multiplyExact(gemm.m(), gemm.n());
        final boolean integer = gemm.type().isInteger();
        this.gemm = gemm;
        this.sums = new int[integer ? size : 0];
        this.exact = new double[integer ? 0 : size];
        this.magnitudes = new double[integer ? 0 : size];
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
        return Math.abs(y.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i) - exact[i]) <= bound() * magnitudes[i];
    }

    /**
     * Any order of summing k products, each step rounded: gamma(k) of the sum of magnitudes, and one unit for the
     * store.
     */
    private double bound() {
        final double steps = (gemm.k() + 1) * UNIT_ROUNDOFF;
        return steps / (1 - steps);
    }

    private void multiplyIntegers(final GemmInputs inputs) {
        final int n = gemm.n();
        final int mask = gemm.type().a() == GemmType.Element.U8 ? 0xff : -1;
        final int[] b = new int[gemm.k() * n];
        for (int i = 0; i < b.length; i++) {
            b[i] = inputs.b().get(ValueLayout.JAVA_BYTE, i);
        }
        IntStream.range(0, gemm.m()).parallel().forEach(row -> {
            final int[] sum = new int[n];
            for (int k = 0; k < gemm.k(); k++) {
                addScaled(sum, inputs.a().get(ValueLayout.JAVA_BYTE, (long) row * gemm.k() + k) & mask, b, k * n);
            }
            System.arraycopy(sum, 0, sums, row * n, n);
        });
    }

    private void multiplyFloats(final GemmInputs inputs) {
        final int n = gemm.n();
        final float[] a = rowMajor(inputs.a(), gemm.m(), gemm.k(), gemm.type().isTransposedA());
        final float[] b = rowMajor(inputs.b(), gemm.k(), n, gemm.type().isTransposedB());
        IntStream.range(0, gemm.m()).parallel().forEach(row -> {
            final double[] sum = new double[n];
            final double[] magnitude = new double[n];
            for (int k = 0; k < gemm.k(); k++) {
                addScaled(sum, magnitude, a[row * gemm.k() + k], b, k * n);
            }
            System.arraycopy(sum, 0, exact, row * n, n);
            System.arraycopy(magnitude, 0, magnitudes, row * n, n);
        });
    }

    private static void addScaled(final int[] sum, final int scale, final int[] b, final int at) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] += scale * b[at + j];
        }
    }

    private static void addScaled(
            final double[] sum, final double[] magnitude, final double scale, final float[] b, final int at) {
        for (int j = 0; j < sum.length; j++) {
            final double product = scale * b[at + j];
            sum[j] += product;
            magnitude[j] += Math.abs(product);
        }
    }

    private static float[] rowMajor(
            final MemorySegment from, final int rows, final int columns, final boolean transposed) {
        final float[] to = from.toArray(ValueLayout.JAVA_FLOAT);
        if (!transposed) {
            return to;
        }
        final float[] turned = new float[to.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                turned[i * columns + j] = to[j * rows + i];
            }
        }
        return turned;
    }
}
