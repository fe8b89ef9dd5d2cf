package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;

/**
 * The microkernels of {@code gemm_b1b1s32_<rows>x<columns>_vector<bits>}: one register tile of a product of signs.
 *
 * <pre>
 * formula    sums[r][j] = seeds[j] - 2 * sum_w popcount(a[w][r] ^ b[w][j])     r below rows, j below COLUMNS
 * a          a panel [depth][rows] of words:     element (w, r) at aAt + w * rows + r
 * b          a panel [depth][COLUMNS] of words:  element (w, j) at bAt + w * COLUMNS + j
 * sums       rows of COLUMNS at the given stride
 * registers  rows * 2 counts (c31 is row 3, second half), 2 of b, 1 of a (broadcast)
 * reads      a, b, seeds exactly as stated; rows past the matrix's last are computed on whatever the panel holds
 * target     512 bit: AVX512_VPOPCNTDQ, 8 rows; 256 and 128 bit: the JVM's own popcount by table lookups
 * truth      ReferenceGemm      test  GemmDifferentialTest      bench  binary
 * </pre>
 */
final class SignTiles {
    private SignTiles() {}

    /** A tile of 8, 4 or 1 rows. */
    static void multiply(
            final int rows,
            final int[] a,
            final int aAt,
            final int[] b,
            final int bAt,
            final int depth,
            final int[] seeds,
            final int seedsAt,
            final int[] sums,
            final int at,
            final int stride) {
        switch (rows) {
            case 8 -> rows8(a, aAt, b, bAt, depth, seeds, seedsAt, sums, at, stride);
            case 4 -> rows4(a, aAt, b, bAt, depth, seeds, seedsAt, sums, at, stride);
            case 1 -> row1(a, aAt, b, bAt, depth, seeds, seedsAt, sums, at);
            default -> throw new IllegalArgumentException("rows: got " + rows + ", allowed: 8, 4, 1");
        }
    }

    private static void rows8(
            final int[] a,
            final int aAt,
            final int[] b,
            final int bAt,
            final int depth,
            final int[] seeds,
            final int seedsAt,
            final int[] sums,
            final int at,
            final int stride) {
        IntVector c00 = IntVector.zero(INTS);
        IntVector c01 = c00;
        IntVector c10 = c00;
        IntVector c11 = c00;
        IntVector c20 = c00;
        IntVector c21 = c00;
        IntVector c30 = c00;
        IntVector c31 = c00;
        IntVector c40 = c00;
        IntVector c41 = c00;
        IntVector c50 = c00;
        IntVector c51 = c00;
        IntVector c60 = c00;
        IntVector c61 = c00;
        IntVector c70 = c00;
        IntVector c71 = c00;
        for (int k = 0; k < depth; k++) {
            final IntVector b0 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS);
            final IntVector b1 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS + LANES);
            c00 = c00.add(b0.lanewise(XOR, a[aAt + k * 8]).lanewise(BIT_COUNT));
            c01 = c01.add(b1.lanewise(XOR, a[aAt + k * 8]).lanewise(BIT_COUNT));
            c10 = c10.add(b0.lanewise(XOR, a[aAt + k * 8 + 1]).lanewise(BIT_COUNT));
            c11 = c11.add(b1.lanewise(XOR, a[aAt + k * 8 + 1]).lanewise(BIT_COUNT));
            c20 = c20.add(b0.lanewise(XOR, a[aAt + k * 8 + 2]).lanewise(BIT_COUNT));
            c21 = c21.add(b1.lanewise(XOR, a[aAt + k * 8 + 2]).lanewise(BIT_COUNT));
            c30 = c30.add(b0.lanewise(XOR, a[aAt + k * 8 + 3]).lanewise(BIT_COUNT));
            c31 = c31.add(b1.lanewise(XOR, a[aAt + k * 8 + 3]).lanewise(BIT_COUNT));
            c40 = c40.add(b0.lanewise(XOR, a[aAt + k * 8 + 4]).lanewise(BIT_COUNT));
            c41 = c41.add(b1.lanewise(XOR, a[aAt + k * 8 + 4]).lanewise(BIT_COUNT));
            c50 = c50.add(b0.lanewise(XOR, a[aAt + k * 8 + 5]).lanewise(BIT_COUNT));
            c51 = c51.add(b1.lanewise(XOR, a[aAt + k * 8 + 5]).lanewise(BIT_COUNT));
            c60 = c60.add(b0.lanewise(XOR, a[aAt + k * 8 + 6]).lanewise(BIT_COUNT));
            c61 = c61.add(b1.lanewise(XOR, a[aAt + k * 8 + 6]).lanewise(BIT_COUNT));
            c70 = c70.add(b0.lanewise(XOR, a[aAt + k * 8 + 7]).lanewise(BIT_COUNT));
            c71 = c71.add(b1.lanewise(XOR, a[aAt + k * 8 + 7]).lanewise(BIT_COUNT));
        }
        final IntVector seeds0 = IntVector.fromArray(INTS, seeds, seedsAt);
        final IntVector seeds1 = IntVector.fromArray(INTS, seeds, seedsAt + LANES);
        seeds0.sub(c00.add(c00)).intoArray(sums, at);
        seeds1.sub(c01.add(c01)).intoArray(sums, at + LANES);
        seeds0.sub(c10.add(c10)).intoArray(sums, at + stride);
        seeds1.sub(c11.add(c11)).intoArray(sums, at + stride + LANES);
        seeds0.sub(c20.add(c20)).intoArray(sums, at + 2 * stride);
        seeds1.sub(c21.add(c21)).intoArray(sums, at + 2 * stride + LANES);
        seeds0.sub(c30.add(c30)).intoArray(sums, at + 3 * stride);
        seeds1.sub(c31.add(c31)).intoArray(sums, at + 3 * stride + LANES);
        seeds0.sub(c40.add(c40)).intoArray(sums, at + 4 * stride);
        seeds1.sub(c41.add(c41)).intoArray(sums, at + 4 * stride + LANES);
        seeds0.sub(c50.add(c50)).intoArray(sums, at + 5 * stride);
        seeds1.sub(c51.add(c51)).intoArray(sums, at + 5 * stride + LANES);
        seeds0.sub(c60.add(c60)).intoArray(sums, at + 6 * stride);
        seeds1.sub(c61.add(c61)).intoArray(sums, at + 6 * stride + LANES);
        seeds0.sub(c70.add(c70)).intoArray(sums, at + 7 * stride);
        seeds1.sub(c71.add(c71)).intoArray(sums, at + 7 * stride + LANES);
    }

    private static void rows4(
            final int[] a,
            final int aAt,
            final int[] b,
            final int bAt,
            final int depth,
            final int[] seeds,
            final int seedsAt,
            final int[] sums,
            final int at,
            final int stride) {
        IntVector c00 = IntVector.zero(INTS);
        IntVector c01 = c00;
        IntVector c10 = c00;
        IntVector c11 = c00;
        IntVector c20 = c00;
        IntVector c21 = c00;
        IntVector c30 = c00;
        IntVector c31 = c00;
        for (int k = 0; k < depth; k++) {
            final IntVector b0 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS);
            final IntVector b1 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS + LANES);
            c00 = c00.add(b0.lanewise(XOR, a[aAt + k * 4]).lanewise(BIT_COUNT));
            c01 = c01.add(b1.lanewise(XOR, a[aAt + k * 4]).lanewise(BIT_COUNT));
            c10 = c10.add(b0.lanewise(XOR, a[aAt + k * 4 + 1]).lanewise(BIT_COUNT));
            c11 = c11.add(b1.lanewise(XOR, a[aAt + k * 4 + 1]).lanewise(BIT_COUNT));
            c20 = c20.add(b0.lanewise(XOR, a[aAt + k * 4 + 2]).lanewise(BIT_COUNT));
            c21 = c21.add(b1.lanewise(XOR, a[aAt + k * 4 + 2]).lanewise(BIT_COUNT));
            c30 = c30.add(b0.lanewise(XOR, a[aAt + k * 4 + 3]).lanewise(BIT_COUNT));
            c31 = c31.add(b1.lanewise(XOR, a[aAt + k * 4 + 3]).lanewise(BIT_COUNT));
        }
        final IntVector seeds0 = IntVector.fromArray(INTS, seeds, seedsAt);
        final IntVector seeds1 = IntVector.fromArray(INTS, seeds, seedsAt + LANES);
        seeds0.sub(c00.add(c00)).intoArray(sums, at);
        seeds1.sub(c01.add(c01)).intoArray(sums, at + LANES);
        seeds0.sub(c10.add(c10)).intoArray(sums, at + stride);
        seeds1.sub(c11.add(c11)).intoArray(sums, at + stride + LANES);
        seeds0.sub(c20.add(c20)).intoArray(sums, at + 2 * stride);
        seeds1.sub(c21.add(c21)).intoArray(sums, at + 2 * stride + LANES);
        seeds0.sub(c30.add(c30)).intoArray(sums, at + 3 * stride);
        seeds1.sub(c31.add(c31)).intoArray(sums, at + 3 * stride + LANES);
    }

    private static void row1(
            final int[] a,
            final int aAt,
            final int[] b,
            final int bAt,
            final int depth,
            final int[] seeds,
            final int seedsAt,
            final int[] sums,
            final int at) {
        IntVector c00 = IntVector.zero(INTS);
        IntVector c01 = c00;
        for (int k = 0; k < depth; k++) {
            final IntVector b0 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS);
            final IntVector b1 = IntVector.fromArray(INTS, b, bAt + k * COLUMNS + LANES);
            c00 = c00.add(b0.lanewise(XOR, a[aAt + k]).lanewise(BIT_COUNT));
            c01 = c01.add(b1.lanewise(XOR, a[aAt + k]).lanewise(BIT_COUNT));
        }
        final IntVector seeds0 = IntVector.fromArray(INTS, seeds, seedsAt);
        final IntVector seeds1 = IntVector.fromArray(INTS, seeds, seedsAt + LANES);
        seeds0.sub(c00.add(c00)).intoArray(sums, at);
        seeds1.sub(c01.add(c01)).intoArray(sums, at + LANES);
    }
}
