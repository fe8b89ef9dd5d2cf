package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BYTES;
import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The microkernels of {@code gemm_<s8|u8>s8s32_<rows>x<columns>_vector<bits>}: int8 products by way of f32.
 *
 * <pre>
 * formula    out[r][j] = sum_k a[k][r] * (float) b[k][j]        r below rows, j below COLUMNS; by FMA
 * a          a panel [depth][rows] of floats: a - za, integers in [-255, 255]
 * b          a panel [depth][COLUMNS] of bytes, widened as it is read, or once for a block of rows by {@link #widen}
 * registers  rows * 2 accumulators, 2 of b, 1 of a (broadcast)
 * overflow   none, and no rounding: |a - za| is at most 255 and |b| at most 128, so that every partial sum of DEPTH =
 *            512 products is an integer of at most 512 * 255 * 128 = 16,711,680, less than 2^24 = 16,777,216, and
 *            floats hold those exactly; each sum is then added to an int, modulo 2^32
 * reads      a as stated; of b up to {@link #OVER_READ} bytes past the panel
 * target     as FloatTiles
 * truth      ReferenceGemm      test  GemmDifferentialTest      bench  gemm
 * </pre>
 *
 * <p>JDK 25 has no dot product of bytes. Widening to int and multiplying reaches about half of what FMA does.
 */
final class ByteTiles {
    /** Longest sum that floats hold exactly. */
    static final int DEPTH = 512;

    /** At 128 bit a load brings eight bytes, of which four are used. */
    static final int OVER_READ = 8;

    private ByteTiles() {}

    /** A tile of 4 or 1 rows on a panel of bytes, to the start of {@code out}. */
    static void multiply(
            final int rows,
            final float[] a,
            final int aAt,
            final byte[] b,
            final int bAt,
            final int depth,
            final float[] out) {
        switch (rows) {
            case 4 -> rows4(a, aAt, b, bAt, depth, out);
            case 1 -> row1(a, aAt, b, bAt, depth, out);
            default -> throw new IllegalArgumentException("rows: got " + rows + ", allowed: 4, 1");
        }
    }

    private static void rows4(
            final float[] a, final int aAt, final byte[] b, final int bAt, final int depth, final float[] out) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c11 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c21 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        FloatVector c31 = FloatVector.zero(FLOATS);
        for (int k = 0; k < depth; k++) {
            final FloatVector b0 = widen(b, bAt + k * COLUMNS);
            final FloatVector b1 = widen(b, bAt + k * COLUMNS + LANES);
            c00 = b0.lanewise(FMA, a[aAt + k * 4], c00);
            c01 = b1.lanewise(FMA, a[aAt + k * 4], c01);
            c10 = b0.lanewise(FMA, a[aAt + k * 4 + 1], c10);
            c11 = b1.lanewise(FMA, a[aAt + k * 4 + 1], c11);
            c20 = b0.lanewise(FMA, a[aAt + k * 4 + 2], c20);
            c21 = b1.lanewise(FMA, a[aAt + k * 4 + 2], c21);
            c30 = b0.lanewise(FMA, a[aAt + k * 4 + 3], c30);
            c31 = b1.lanewise(FMA, a[aAt + k * 4 + 3], c31);
        }
        c00.intoArray(out, 0);
        c01.intoArray(out, LANES);
        c10.intoArray(out, COLUMNS);
        c11.intoArray(out, COLUMNS + LANES);
        c20.intoArray(out, 2 * COLUMNS);
        c21.intoArray(out, 2 * COLUMNS + LANES);
        c30.intoArray(out, 3 * COLUMNS);
        c31.intoArray(out, 3 * COLUMNS + LANES);
    }

    private static void row1(
            final float[] a, final int aAt, final byte[] b, final int bAt, final int depth, final float[] out) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        final int unrolled = depth & -2;
        for (int k = 0; k < unrolled; k += 2) { // two steps: the latency of two accumulators would bind
            c00 = widen(b, bAt + k * COLUMNS).lanewise(FMA, a[aAt + k], c00);
            c01 = widen(b, bAt + k * COLUMNS + LANES).lanewise(FMA, a[aAt + k], c01);
            c10 = widen(b, bAt + k * COLUMNS + 2 * LANES).lanewise(FMA, a[aAt + k + 1], c10);
            c11 = widen(b, bAt + k * COLUMNS + 3 * LANES).lanewise(FMA, a[aAt + k + 1], c11);
        }
        if (unrolled < depth) {
            c00 = widen(b, bAt + unrolled * COLUMNS).lanewise(FMA, a[aAt + unrolled], c00);
            c01 = widen(b, bAt + unrolled * COLUMNS + LANES).lanewise(FMA, a[aAt + unrolled], c01);
        }
        c00.add(c10).intoArray(out, 0);
        c01.add(c11).intoArray(out, LANES);
    }

    private static FloatVector widen(final byte[] b, final int at) {
        return (FloatVector) ByteVector.fromArray(BYTES, b, at).convertShape(B2F, FLOATS, 0);
    }

    /** {@code to[i] = b[i]} for a whole number of vectors. */
    static void widen(final byte[] b, final int bAt, final int count, final float[] to) {
        for (int i = 0; i < count; i += LANES) {
            widen(b, bAt + i).intoArray(to, i);
        }
    }

    /** {@code to[k][j] = b[k][j] - zeros[j]} for {@code depth} rows of COLUMNS. */
    static void widen(
            final byte[] b,
            final int bAt,
            final int depth,
            final float[] zeros,
            final int zerosAt,
            final float[] to,
            final int at) {
        final FloatVector zeros0 = FloatVector.fromArray(FLOATS, zeros, zerosAt);
        final FloatVector zeros1 = FloatVector.fromArray(FLOATS, zeros, zerosAt + LANES);
        for (int k = 0; k < depth; k++) {
            widen(b, bAt + k * COLUMNS).sub(zeros0).intoArray(to, at + k * COLUMNS);
            widen(b, bAt + k * COLUMNS + LANES).sub(zeros1).intoArray(to, at + k * COLUMNS + LANES);
        }
    }

    /** {@code to[k][j] = (b[k][j] - zeros[j]) * scales[j]}; both arrays are read from {@code columnAt} on. */
    static void widen(
            final byte[] b,
            final int bAt,
            final int depth,
            final float[] zeros,
            final float[] scales,
            final int columnAt,
            final float[] to,
            final int at) {
        final FloatVector zeros0 = FloatVector.fromArray(FLOATS, zeros, columnAt);
        final FloatVector zeros1 = FloatVector.fromArray(FLOATS, zeros, columnAt + LANES);
        final FloatVector scales0 = FloatVector.fromArray(FLOATS, scales, columnAt);
        final FloatVector scales1 = FloatVector.fromArray(FLOATS, scales, columnAt + LANES);
        for (int k = 0; k < depth; k++) {
            widen(b, bAt + k * COLUMNS).sub(zeros0).mul(scales0).intoArray(to, at + k * COLUMNS);
            widen(b, bAt + k * COLUMNS + LANES).sub(zeros1).mul(scales1).intoArray(to, at + k * COLUMNS + LANES);
        }
    }

    /** {@code sums[r][j] += tile[r][j] * scales[j]} for a tile of COLUMNS, rounded twice. */
    static void addScaled(
            final float[] tile,
            final int rows,
            final float[] scales,
            final int scalesAt,
            final float[] sums,
            final int at,
            final int stride) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < COLUMNS; c += LANES) {
                final FloatVector scale = FloatVector.fromArray(FLOATS, scales, scalesAt + c);
                final FloatVector scaled =
                        FloatVector.fromArray(FLOATS, tile, r * COLUMNS + c).mul(scale);
                FloatVector.fromArray(FLOATS, sums, at + r * stride + c)
                        .add(scaled)
                        .intoArray(sums, at + r * stride + c);
            }
        }
    }

    /**
     * {@code to[i] = (byte) (from[i] ^ flip) - zero}, rounded up to a whole number of vectors; a flip of 0x80 makes u8
     * less 128.
     */
    static void widen(
            final byte[] from, final int count, final byte flip, final float zero, final float[] to, final int toAt) {
        for (int i = 0; i < count; i += LANES) {
            final ByteVector flipped = ByteVector.fromArray(BYTES, from, i).lanewise(XOR, flip);
            ((FloatVector) flipped.convertShape(B2F, FLOATS, 0)).sub(zero).intoArray(to, toAt + i);
        }
    }

    /** {@code sums[r][j] += (int) tile[r][j]} for a tile of COLUMNS. */
    static void addTo(final float[] tile, final int rows, final int[] sums, final int at, final int stride) {
        for (int r = 0; r < rows; r++) {
            addHalf(tile, r * COLUMNS, sums, at + r * stride);
            addHalf(tile, r * COLUMNS + LANES, sums, at + r * stride + LANES);
        }
    }

    private static void addHalf(final float[] tile, final int from, final int[] sums, final int at) {
        final IntVector exact =
                (IntVector) FloatVector.fromArray(FLOATS, tile, from).convertShape(F2I, INTS, 0);
        IntVector.fromArray(INTS, sums, at).add(exact).intoArray(sums, at);
    }
}
