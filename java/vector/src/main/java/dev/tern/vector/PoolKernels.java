package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BYTES;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static dev.tern.vector.VectorWidth.WIDE_BYTES;
import static jdk.incubator.vector.VectorOperators.F2B;
import static jdk.incubator.vector.VectorOperators.IS_NAN;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * The kernels {@code pool_<max|average>[_backward]_<type>_vector<bits>}: one output, all channels.
 *
 * <pre>
 * max       m = x unless x &lt;= m or m is NaN, from -inf, or the least byte
 * average   the sum from 0 over count; bytes arrive as floats less their zero point
 * gradient  max: dy to the first tap whose x won; average: share = dy * (1 / count) to each tap
 * layout    rows of the image one after the other, channels side by side; taps [rows][cols] pitches apart
 * registers 1 of m or the sum, 1 of x; gradient of max: 1 of the tap that won besides
 * overflow  a sum of 2^16 bytes is less than 2^24, exact in f32
 * reads     and writes up to a vector past the last channel: the next position, which is computed later, or slack;
 *           gradients keep to the channels by a mask
 * target    as FloatTiles
 * truth     ReferencePool2d      test  PoolDifferentialTest      bench  pool
 * </pre>
 */
final class PoolKernels {
    /** Elements past the last channel of the last position that may be read and written. */
    static final int SLACK = WIDE_BYTES.length();

    /** 1.5 * 2^23: added to an average of bytes, it rounds to even. */
    private static final float ROUNDER = 3 << 22;

    private PoolKernels() {}

    /** Where the taps of one output are in an array. */
    static final class Window {
        int at;
        int rows;
        int cols;
        int rowPitch;
        int colPitch;
    }

    static void max(final float[] x, final Window window, final int channels, final float[] y, final int yAt) {
        for (int c = 0; c < channels; c += LANES) {
            FloatVector m = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
            for (int row = 0; row < window.rows; row++) {
                int at = window.at + row * window.rowPitch + c;
                for (int col = 0; col < window.cols; col++, at += window.colPitch) {
                    final FloatVector value = FloatVector.fromArray(FLOATS, x, at);
                    m = value.blend(m, stays(m, value));
                }
            }
            m.intoArray(y, yAt + c);
        }
    }

    private static VectorMask<Float> stays(final FloatVector m, final FloatVector x) {
        return x.compare(LE, m).or(m.test(IS_NAN));
    }

    /** Signed bytes; those of u8 have their highest bit flipped, here and back. */
    static void max(
            final byte[] x, final Window window, final int channels, final byte flip, final byte[] y, final int yAt) {
        final int step = WIDE_BYTES.length();
        for (int c = 0; c < channels; c += step) {
            ByteVector m = ByteVector.broadcast(WIDE_BYTES, Byte.MIN_VALUE);
            for (int row = 0; row < window.rows; row++) {
                int at = window.at + row * window.rowPitch + c;
                for (int col = 0; col < window.cols; col++, at += window.colPitch) {
                    m = m.max(ByteVector.fromArray(WIDE_BYTES, x, at).lanewise(XOR, flip));
                }
            }
            m.lanewise(XOR, flip).intoArray(y, yAt + c);
        }
    }

    static void average(
            final float[] x,
            final Window window,
            final int channels,
            final float count,
            final float[] y,
            final int yAt) {
        for (int c = 0; c < channels; c += LANES) {
            sum(x, window, c).div(count).intoArray(y, yAt + c);
        }
    }

    /** Of bytes, less their zero point. */
    static void average(
            final float[] x,
            final Window window,
            final int channels,
            final float count,
            final float zeroPoint,
            final byte[] y,
            final int yAt) {
        for (int c = 0; c < channels; c += LANES) {
            final FloatVector average = sum(x, window, c).div(count);
            final FloatVector q = average.add(ROUNDER).sub(ROUNDER).add(zeroPoint);
            ((ByteVector) q.convertShape(F2B, BYTES, 0)).intoArray(y, yAt + c);
        }
    }

    private static FloatVector sum(final float[] x, final Window window, final int c) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int row = 0; row < window.rows; row++) {
            int at = window.at + row * window.rowPitch + c;
            for (int col = 0; col < window.cols; col++, at += window.colPitch) {
                sum = sum.add(FloatVector.fromArray(FLOATS, x, at));
            }
        }
        return sum;
    }

    /** Adds dy to the taps that won, of those in rows {@code [addBegin, addEnd)} of the window, laid out like dx. */
    static void maxBackward(
            final float[] x,
            final Window window,
            final int channels,
            final float[] dy,
            final int dyAt,
            final Window target,
            final int addBegin,
            final float[] dx) {
        for (int c = 0; c < channels; c += LANES) {
            final VectorMask<Float> mask = FLOATS.indexInRange(c, channels);
            final IntVector won = winners(x, window, c);
            final FloatVector gradient = FloatVector.fromArray(FLOATS, dy, dyAt + c);
            for (int row = 0; row < target.rows; row++) {
                int at = target.at + row * target.rowPitch + c;
                for (int col = 0; col < target.cols; col++, at += target.colPitch) {
                    final int tap = (addBegin + row) * window.cols + col;
                    final VectorMask<Float> here = won.eq(tap).cast(FLOATS).and(mask);
                    FloatVector.fromArray(FLOATS, dx, at, here).add(gradient).intoArray(dx, at, here);
                }
            }
        }
    }

    /** The tap whose x won, counted through the window. */
    private static IntVector winners(final float[] x, final Window window, final int c) {
        FloatVector m = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        IntVector won = IntVector.zero(INTS);
        int tap = 0;
        for (int row = 0; row < window.rows; row++) {
            int at = window.at + row * window.rowPitch + c;
            for (int col = 0; col < window.cols; col++, at += window.colPitch, tap++) {
                final FloatVector value = FloatVector.fromArray(FLOATS, x, at);
                final VectorMask<Float> stays = stays(m, value);
                m = value.blend(m, stays);
                won = IntVector.broadcast(INTS, tap).blend(won, stays.cast(INTS));
            }
        }
        return won;
    }

    /** Adds a share of dy to all taps. */
    static void averageBackward(
            final int channels,
            final float share,
            final float[] dy,
            final int dyAt,
            final Window target,
            final float[] dx) {
        for (int c = 0; c < channels; c += LANES) {
            final VectorMask<Float> mask = FLOATS.indexInRange(c, channels);
            final FloatVector part = FloatVector.fromArray(FLOATS, dy, dyAt + c).mul(share);
            for (int row = 0; row < target.rows; row++) {
                int at = target.at + row * target.rowPitch + c;
                for (int col = 0; col < target.cols; col++, at += target.colPitch) {
                    FloatVector.fromArray(FLOATS, dx, at, mask).add(part).intoArray(dx, at, mask);
                }
            }
        }
    }
}
