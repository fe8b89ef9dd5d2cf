package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.FMA;

import jdk.incubator.vector.FloatVector;

/**
 * The microkernels of {@code gemm_f32f32f32_<rows>x<columns>_vector<bits>}: one register tile of a product.
 *
 * <pre>
 * formula    out[r][j] = in[r][j] + sum_k a[k][r] * b[k][j]     r below rows, j below COLUMNS; by FMA
 * a          a panel [depth][rows]:     element (k, r) at aAt + k * rows + r
 * b          a panel [depth][COLUMNS]:  element (k, j) at bAt + k * COLUMNS + j
 * in, out    rows of COLUMNS at the given strides; an inStride of 0 starts every row from the same values, a bias
 * registers  rows * 2 accumulators (c31 is row 3, second half), 2 of b, 1 of a (broadcast)
 * reads      a, b, in exactly as stated; rows past the matrix's last are computed on whatever the panel holds
 * target     512 bit: AVX-512 with two FMA units, 8 rows; 256 bit: AVX2; 128 bit: NEON, 4 rows
 * truth      ReferenceGemm      test  GemmDifferentialTest      bench  gemm
 * </pre>
 *
 * <p>The offsets are written {@code at + k * CONSTANT}: the one form in which the compiler moves every range check out
 * of the loop. Unrolling by hand was slower (0.88 of the peak by two, 0.97 as it stands).
 */
final class FloatTiles {
    private FloatTiles() {}

    /** A tile of 8, 4 or 1 rows. */
    static void multiply(
            final int rows,
            final float[] a,
            final int aAt,
            final float[] b,
            final int bAt,
            final int depth,
            final float[] in,
            final int inAt,
            final int inStride,
            final float[] out,
            final int outAt,
            final int outStride) {
        switch (rows) {
            case 8 -> rows8(a, aAt, b, bAt, depth, in, inAt, inStride, out, outAt, outStride);
            case 4 -> rows4(a, aAt, b, bAt, depth, in, inAt, inStride, out, outAt, outStride);
            case 1 -> row1(a, aAt, b, bAt, depth, in, inAt, out, outAt);
            default -> throw new IllegalArgumentException("rows: got " + rows + ", allowed: 8, 4, 1");
        }
    }

    private static void rows8(
            final float[] a,
            final int aAt,
            final float[] b,
            final int bAt,
            final int depth,
            final float[] in,
            final int inAt,
            final int inStride,
            final float[] out,
            final int outAt,
            final int outStride) {
        FloatVector c00 = FloatVector.fromArray(FLOATS, in, inAt);
        FloatVector c01 = FloatVector.fromArray(FLOATS, in, inAt + LANES);
        FloatVector c10 = FloatVector.fromArray(FLOATS, in, inAt + inStride);
        FloatVector c11 = FloatVector.fromArray(FLOATS, in, inAt + inStride + LANES);
        FloatVector c20 = FloatVector.fromArray(FLOATS, in, inAt + 2 * inStride);
        FloatVector c21 = FloatVector.fromArray(FLOATS, in, inAt + 2 * inStride + LANES);
        FloatVector c30 = FloatVector.fromArray(FLOATS, in, inAt + 3 * inStride);
        FloatVector c31 = FloatVector.fromArray(FLOATS, in, inAt + 3 * inStride + LANES);
        FloatVector c40 = FloatVector.fromArray(FLOATS, in, inAt + 4 * inStride);
        FloatVector c41 = FloatVector.fromArray(FLOATS, in, inAt + 4 * inStride + LANES);
        FloatVector c50 = FloatVector.fromArray(FLOATS, in, inAt + 5 * inStride);
        FloatVector c51 = FloatVector.fromArray(FLOATS, in, inAt + 5 * inStride + LANES);
        FloatVector c60 = FloatVector.fromArray(FLOATS, in, inAt + 6 * inStride);
        FloatVector c61 = FloatVector.fromArray(FLOATS, in, inAt + 6 * inStride + LANES);
        FloatVector c70 = FloatVector.fromArray(FLOATS, in, inAt + 7 * inStride);
        FloatVector c71 = FloatVector.fromArray(FLOATS, in, inAt + 7 * inStride + LANES);
        for (int k = 0; k < depth; k++) {
            final FloatVector b0 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS);
            final FloatVector b1 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + LANES);
            c00 = b0.lanewise(FMA, a[aAt + k * 8], c00);
            c01 = b1.lanewise(FMA, a[aAt + k * 8], c01);
            c10 = b0.lanewise(FMA, a[aAt + k * 8 + 1], c10);
            c11 = b1.lanewise(FMA, a[aAt + k * 8 + 1], c11);
            c20 = b0.lanewise(FMA, a[aAt + k * 8 + 2], c20);
            c21 = b1.lanewise(FMA, a[aAt + k * 8 + 2], c21);
            c30 = b0.lanewise(FMA, a[aAt + k * 8 + 3], c30);
            c31 = b1.lanewise(FMA, a[aAt + k * 8 + 3], c31);
            c40 = b0.lanewise(FMA, a[aAt + k * 8 + 4], c40);
            c41 = b1.lanewise(FMA, a[aAt + k * 8 + 4], c41);
            c50 = b0.lanewise(FMA, a[aAt + k * 8 + 5], c50);
            c51 = b1.lanewise(FMA, a[aAt + k * 8 + 5], c51);
            c60 = b0.lanewise(FMA, a[aAt + k * 8 + 6], c60);
            c61 = b1.lanewise(FMA, a[aAt + k * 8 + 6], c61);
            c70 = b0.lanewise(FMA, a[aAt + k * 8 + 7], c70);
            c71 = b1.lanewise(FMA, a[aAt + k * 8 + 7], c71);
        }
        c00.intoArray(out, outAt);
        c01.intoArray(out, outAt + LANES);
        c10.intoArray(out, outAt + outStride);
        c11.intoArray(out, outAt + outStride + LANES);
        c20.intoArray(out, outAt + 2 * outStride);
        c21.intoArray(out, outAt + 2 * outStride + LANES);
        c30.intoArray(out, outAt + 3 * outStride);
        c31.intoArray(out, outAt + 3 * outStride + LANES);
        c40.intoArray(out, outAt + 4 * outStride);
        c41.intoArray(out, outAt + 4 * outStride + LANES);
        c50.intoArray(out, outAt + 5 * outStride);
        c51.intoArray(out, outAt + 5 * outStride + LANES);
        c60.intoArray(out, outAt + 6 * outStride);
        c61.intoArray(out, outAt + 6 * outStride + LANES);
        c70.intoArray(out, outAt + 7 * outStride);
        c71.intoArray(out, outAt + 7 * outStride + LANES);
    }

    private static void rows4(
            final float[] a,
            final int aAt,
            final float[] b,
            final int bAt,
            final int depth,
            final float[] in,
            final int inAt,
            final int inStride,
            final float[] out,
            final int outAt,
            final int outStride) {
        FloatVector c00 = FloatVector.fromArray(FLOATS, in, inAt);
        FloatVector c01 = FloatVector.fromArray(FLOATS, in, inAt + LANES);
        FloatVector c10 = FloatVector.fromArray(FLOATS, in, inAt + inStride);
        FloatVector c11 = FloatVector.fromArray(FLOATS, in, inAt + inStride + LANES);
        FloatVector c20 = FloatVector.fromArray(FLOATS, in, inAt + 2 * inStride);
        FloatVector c21 = FloatVector.fromArray(FLOATS, in, inAt + 2 * inStride + LANES);
        FloatVector c30 = FloatVector.fromArray(FLOATS, in, inAt + 3 * inStride);
        FloatVector c31 = FloatVector.fromArray(FLOATS, in, inAt + 3 * inStride + LANES);
        for (int k = 0; k < depth; k++) {
            final FloatVector b0 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS);
            final FloatVector b1 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + LANES);
            c00 = b0.lanewise(FMA, a[aAt + k * 4], c00);
            c01 = b1.lanewise(FMA, a[aAt + k * 4], c01);
            c10 = b0.lanewise(FMA, a[aAt + k * 4 + 1], c10);
            c11 = b1.lanewise(FMA, a[aAt + k * 4 + 1], c11);
            c20 = b0.lanewise(FMA, a[aAt + k * 4 + 2], c20);
            c21 = b1.lanewise(FMA, a[aAt + k * 4 + 2], c21);
            c30 = b0.lanewise(FMA, a[aAt + k * 4 + 3], c30);
            c31 = b1.lanewise(FMA, a[aAt + k * 4 + 3], c31);
        }
        c00.intoArray(out, outAt);
        c01.intoArray(out, outAt + LANES);
        c10.intoArray(out, outAt + outStride);
        c11.intoArray(out, outAt + outStride + LANES);
        c20.intoArray(out, outAt + 2 * outStride);
        c21.intoArray(out, outAt + 2 * outStride + LANES);
        c30.intoArray(out, outAt + 3 * outStride);
        c31.intoArray(out, outAt + 3 * outStride + LANES);
    }

    /** One row is bound by memory; four steps at once, so that the latency of two accumulators does not bind first. */
    private static void row1(
            final float[] a,
            final int aAt,
            final float[] b,
            final int bAt,
            final int depth,
            final float[] in,
            final int inAt,
            final float[] out,
            final int outAt) {
        FloatVector c00 = FloatVector.fromArray(FLOATS, in, inAt);
        FloatVector c01 = FloatVector.fromArray(FLOATS, in, inAt + LANES);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c11 = c10;
        FloatVector c20 = c10;
        FloatVector c21 = c10;
        FloatVector c30 = c10;
        FloatVector c31 = c10;
        final int unrolled = depth & -4;
        for (int k = 0; k < unrolled; k += 4) {
            c00 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS).lanewise(FMA, a[aAt + k], c00);
            c01 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + LANES).lanewise(FMA, a[aAt + k], c01);
            c10 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 2 * LANES)
                    .lanewise(FMA, a[aAt + k + 1], c10);
            c11 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 3 * LANES)
                    .lanewise(FMA, a[aAt + k + 1], c11);
            c20 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 4 * LANES)
                    .lanewise(FMA, a[aAt + k + 2], c20);
            c21 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 5 * LANES)
                    .lanewise(FMA, a[aAt + k + 2], c21);
            c30 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 6 * LANES)
                    .lanewise(FMA, a[aAt + k + 3], c30);
            c31 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + 7 * LANES)
                    .lanewise(FMA, a[aAt + k + 3], c31);
        }
        for (int k = unrolled; k < depth; k++) {
            c00 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS).lanewise(FMA, a[aAt + k], c00);
            c01 = FloatVector.fromArray(FLOATS, b, bAt + k * COLUMNS + LANES).lanewise(FMA, a[aAt + k], c01);
        }
        c00.add(c10).add(c20.add(c30)).intoArray(out, outAt);
        c01.add(c11).add(c21.add(c31)).intoArray(out, outAt + LANES);
    }
}
