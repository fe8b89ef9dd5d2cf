package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BYTES;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static jdk.incubator.vector.VectorOperators.F2B;
import static jdk.incubator.vector.VectorOperators.I2F;

import dev.tern.DataType;
import dev.tern.Gemm;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** What becomes of integer sums, as {@link Gemm} defines it. */
final class IntegerEpilogue {
    /**
     * Products beyond have left every 8-bit range, whatever the zero point; those below round as {@link #ROUNDER} does.
     */
    private static final float FAR = 1 << 21;

    /** 1.5 * 2^23: the last bit of floats near it counts ones, so that adding it rounds, ties to even. */
    private static final float ROUNDER = 3 << 22;

    private final Gemm gemm;
    private final int[] bias;
    private final int[] zeroPoints;
    private final float[] multipliers;

    /** @param columns those of all panels, as long as the arrays are */
    IntegerEpilogue(final Gemm gemm, final int columns) {
        this.gemm = gemm;
        final int[] given = gemm.intBias();
        bias = Arrays.copyOf(given == null ? new int[0] : given, columns);
        if (gemm.aType() == DataType.B1) {
            addTerms(gemm.k());
        }
        zeroPoints = gemm.bQuantization().isSymmetric() ? null : new int[columns];
        multipliers = new float[columns];
        for (int c = 0; c < gemm.n(); c++) {
            multipliers[c] = gemm.multiplier(c);
            if (zeroPoints != null) {
                zeroPoints[c] = gemm.bQuantization().zeroPoint(c);
            }
        }
    }

    /** Sums of signs count down, by two for each pair that differs. */
    private void addTerms(final int k) {
        for (int c = 0; c < bias.length; c++) {
            bias[c] += k;
        }
    }

    /** What the sum of each column starts from, one for each column of all panels. */
    int[] seeds() {
        return bias;
    }

    /** Starts a block of sums with the bias. */
    void seed(final Block block, final int[] sums) {
        for (int r = 0; r < block.rows; r++) {
            System.arraycopy(bias, block.column(), sums, r * block.stride(), block.width());
        }
    }

    /** Finishes a block of sums and stores it in y. */
    void store(final Block block, final int[] sums) {
        if (zeroPoints != null) {
            subtractZeroPoints(block, sums);
        }
        switch (gemm.yType()) {
            case S32 -> storeInts(block, sums);
            case F32 -> storeFloats(block, sums);
            default -> storeBytes(block, sums);
        }
    }

    /** {@code sum (a - za) * (b - zb) = sum (a - za) * b - zb * sum (a - za)}. */
    private void subtractZeroPoints(final Block block, final int[] sums) {
        final int[] rowSums = block.workspace.ints(Scratch.ROW_SUMS, 0);
        for (int r = 0; r < block.rows; r++) {
            final int rowSum = rowSums[r];
            final int at = r * block.stride();
            for (int c = 0; c < block.columns; c++) {
                sums[at + c] -= zeroPoints[block.column() + c] * rowSum;
            }
        }
    }

    private void storeInts(final Block block, final int[] sums) {
        if (gemm.accumulates()) {
            final int[] row = block.workspace.ints(Scratch.Y_ROW, block.columns);
            for (int r = 0; r < block.rows; r++) {
                Output.loadRow(block, r, JAVA_INT_UNALIGNED, row);
                for (int c = 0; c < block.columns; c++) {
                    sums[r * block.stride() + c] += row[c];
                }
            }
        }
        Output.store(sums, block, JAVA_INT_UNALIGNED);
    }

    private void storeFloats(final Block block, final int[] sums) {
        final int count = block.rows * block.stride();
        final float[] reals = block.workspace.floats(Scratch.STAGED, count);
        for (int r = 0; r < block.rows; r++) {
            scaleRow(block, r, sums, reals);
        }
        Output.clamp(reals, count, gemm);
        if (gemm.accumulates()) {
            Output.addY(block, reals);
        }
        Output.store(reals, block, JAVA_FLOAT_UNALIGNED);
    }

    private void scaleRow(final Block block, final int r, final int[] sums, final float[] reals) {
        final int at = r * block.stride();
        final float rowScale = block.scales == null ? 1 : block.scales.floatAt(block.row + r);
        for (int c = 0; c < block.width(); c += LANES) {
            scaled(sums, at + c, block.column() + c).mul(rowScale).intoArray(reals, at + c);
        }
    }

    private void storeBytes(final Block block, final int[] sums) {
        final byte[] bytes = block.workspace.heapBytes(Scratch.BYTES, block.rows * block.stride() + Elements.SLACK);
        final float zeroPoint = gemm.yQuantization().zeroPoint(0);
        final float min = gemm.yMin();
        final float max = gemm.yMax();
        for (int r = 0; r < block.rows; r++) {
            final int at = r * block.stride();
            for (int c = 0; c < block.width(); c += LANES) {
                final FloatVector rounded = round(scaled(sums, at + c, block.column() + c));
                final FloatVector q = rounded.add(zeroPoint).max(min).min(max);
                ((ByteVector) q.convertShape(F2B, BYTES, 0)).intoArray(bytes, at + c);
            }
        }
        Output.store(bytes, block, JAVA_BYTE);
    }

    private FloatVector scaled(final int[] sums, final int at, final int column) {
        final FloatVector sum =
                (FloatVector) IntVector.fromArray(INTS, sums, at).convertShape(I2F, FLOATS, 0);
        return sum.mul(FloatVector.fromArray(FLOATS, multipliers, column));
    }

    private static FloatVector round(final FloatVector product) {
        return product.max(-FAR).min(FAR).add(ROUNDER).sub(ROUNDER);
    }
}
