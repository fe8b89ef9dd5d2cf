package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BYTES;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.F2B;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.IS_NAN;

import dev.tern.DataType;
import dev.tern.Quantization;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/**
 * Conversions of {@code reorder_f32_vector<bits>}, on arrays.
 *
 * <pre>
 * formula    as in Reorder
 * reads      whole vectors: up to SLACK past the elements; writes the same
 * registers  one of floats, one of bytes
 * overflow   quotients are clamped before they are rounded and the zero point is added
 * target     the vectors of VectorWidth; bytes over bandwidth
 * truth      ReferenceReorder      test  ReorderDifferentialTest
 * </pre>
 */
final class ReorderKernels {
    /** Elements past the last one that may be read and written. */
    static final int SLACK = 16;

    private static final int TILE = 16; // rows and columns whose lines of cache stay in L1

    /** 1.5 * 2^23: added to a float of small size, it rounds to even. */
    private static final float ROUNDER = 0x1.8p+23f;

    private ReorderKernels() {}

    /** {@code to[c][r] = from[r][c]}, a tile at a time; the compiler's vectors are of no use to either side. */
    static void transpose(final float[] from, final int rows, final int columns, final float[] to) {
        for (int row = 0; row < rows; row += TILE) {
            final int rowEnd = Math.min(rows, row + TILE);
            for (int column = 0; column < columns; column += TILE) {
                final int columnEnd = Math.min(columns, column + TILE);
                for (int c = column; c < columnEnd; c++) {
                    for (int r = row; r < rowEnd; r++) {
                        to[c * rows + r] = from[r * columns + c];
                    }
                }
            }
        }
    }

    /** In place. */
    static void scale(final float[] values, final int at, final int count, final float scale) {
        final int whole = FLOATS.loopBound(count);
        for (int i = at; i < at + whole; i += LANES) {
            FloatVector.fromArray(FLOATS, values, i).mul(scale).intoArray(values, i);
        }
        for (int i = at + whole; i < at + count; i++) {
            values[i] *= scale;
        }
    }

    static void quantize(
            final float[] from,
            final int at,
            final int count,
            final Quantization quantization,
            final DataType type,
            final byte[] to) {
        final float scale = quantization.scale(0);
        final int zeroPoint = quantization.zeroPoint(0);
        final float low = type.min() - zeroPoint;
        final float high = type.max() - zeroPoint;
        for (int i = 0; i < count; i += LANES) {
            final FloatVector x = FloatVector.fromArray(FLOATS, from, at + i);
            final FloatVector quotient =
                    x.blend(0, x.test(IS_NAN)).div(scale).max(low).min(high);
            store(quotient.add(ROUNDER).sub(ROUNDER).add(zeroPoint), to, i);
        }
    }

    /** Integers that bytes hold, of either signedness. */
    static void narrow(final float[] from, final int at, final int count, final byte[] to) {
        for (int i = 0; i < count; i += LANES) {
            store(FloatVector.fromArray(FLOATS, from, at + i), to, i);
        }
    }

    private static void store(final FloatVector integers, final byte[] to, final int at) {
        ((ByteVector) integers.convertShape(F2B, BYTES, 0)).intoArray(to, at);
    }

    /** Eight to a byte; bits after the last one are 0. */
    static void signs(final float[] from, final int at, final int count, final byte[] to) {
        for (int i = 0; i < count; i += LANES) {
            put(FloatVector.fromArray(FLOATS, from, at + i).compare(GE, 0).toLong(), to, i);
        }
        if (count % Byte.SIZE != 0) {
            to[count / Byte.SIZE] &= (byte) ((1 << count % Byte.SIZE) - 1);
        }
    }

    private static void put(final long bits, final byte[] to, final int at) {
        if (at % Byte.SIZE != 0) {
            to[at / Byte.SIZE] |= (byte) (bits << at % Byte.SIZE);
            return;
        }
        for (int i = 0; i < LANES; i += Byte.SIZE) {
            to[(at + i) / Byte.SIZE] = (byte) (bits >> i);
        }
    }
}
