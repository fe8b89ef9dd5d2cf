package dev.tern.vector;

import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.FMA;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The microkernels of depthwise {@code conv2d_<types>_<rows>x<columns>_vector<bits>}: neighbouring outputs of one line,
 * a vector of channels at a time.
 *
 * <pre>
 * formula    out[o][c] = in[o][c] + sum_t x[o][offsets[t] + c] * w[t][c]        by FMA, in the order of t
 * x          positions of {@code xStride} floats from one output to the next
 * w          [taps][width]
 * in, out    rows at the given strides; an inStride of 0 starts every output from the same values, a bias
 * registers  8 accumulators, 1 of w; x comes from memory: nine loads to eight FMA
 * reads      x, w, in by whole vectors: up to the width of a row
 * target     as FloatTiles: as many accumulators as two FMA units with a latency of four need
 * truth      ReferenceConv2d      test  ConvDifferentialTest      bench  conv
 * </pre>
 */
final class DepthwiseTiles {
    private static final int OUTPUTS = 8;
    private static final int TAPS = 4;

    private DepthwiseTiles() {}

    /** All channels of {@code count} outputs. What is left of them starts anew from the bias, with some before it. */
    static void line(
            final float[] x,
            final int xAt,
            final int xStride,
            final int[] offsets,
            final float[] w,
            final int width,
            final float[] in,
            final int inStride,
            final float[] out,
            final int outStride,
            final int count) {
        for (int c = 0; c < width; c += LANES) {
            int o = 0;
            while (o <= count - OUTPUTS) {
                final int inAt = o * inStride + c;
                final int outAt = o * outStride + c;
                eight(
                        x,
                        xAt + o * xStride + c,
                        xStride,
                        offsets,
                        w,
                        c,
                        width,
                        in,
                        inAt,
                        inStride,
                        out,
                        outAt,
                        outStride);
                final int left = count - o - OUTPUTS;
                o += left > 0 && left < OUTPUTS && inStride == 0 ? left : OUTPUTS;
            }
            for (; o < count; o++) {
                one(x, xAt + o * xStride + c, offsets, w, c, width, in, o * inStride + c, out, o * outStride + c);
            }
        }
    }

    private static void eight(
            final float[] x,
            final int xAt,
            final int xStride,
            final int[] offsets,
            final float[] w,
            final int wAt,
            final int width,
            final float[] in,
            final int inAt,
            final int inStride,
            final float[] out,
            final int outAt,
            final int outStride) {
        FloatVector c0 = FloatVector.fromArray(FLOATS, in, inAt);
        FloatVector c1 = FloatVector.fromArray(FLOATS, in, inAt + inStride);
        FloatVector c2 = FloatVector.fromArray(FLOATS, in, inAt + 2 * inStride);
        FloatVector c3 = FloatVector.fromArray(FLOATS, in, inAt + 3 * inStride);
        FloatVector c4 = FloatVector.fromArray(FLOATS, in, inAt + 4 * inStride);
        FloatVector c5 = FloatVector.fromArray(FLOATS, in, inAt + 5 * inStride);
        FloatVector c6 = FloatVector.fromArray(FLOATS, in, inAt + 6 * inStride);
        FloatVector c7 = FloatVector.fromArray(FLOATS, in, inAt + 7 * inStride);
        for (int t = 0; t < offsets.length; t++) {
            final FloatVector tap = FloatVector.fromArray(FLOATS, w, wAt + t * width);
            final int at = xAt + offsets[t];
            c0 = FloatVector.fromArray(FLOATS, x, at).lanewise(FMA, tap, c0);
            c1 = FloatVector.fromArray(FLOATS, x, at + xStride).lanewise(FMA, tap, c1);
            c2 = FloatVector.fromArray(FLOATS, x, at + 2 * xStride).lanewise(FMA, tap, c2);
            c3 = FloatVector.fromArray(FLOATS, x, at + 3 * xStride).lanewise(FMA, tap, c3);
            c4 = FloatVector.fromArray(FLOATS, x, at + 4 * xStride).lanewise(FMA, tap, c4);
            c5 = FloatVector.fromArray(FLOATS, x, at + 5 * xStride).lanewise(FMA, tap, c5);
            c6 = FloatVector.fromArray(FLOATS, x, at + 6 * xStride).lanewise(FMA, tap, c6);
            c7 = FloatVector.fromArray(FLOATS, x, at + 7 * xStride).lanewise(FMA, tap, c7);
        }
        c0.intoArray(out, outAt);
        c1.intoArray(out, outAt + outStride);
        c2.intoArray(out, outAt + 2 * outStride);
        c3.intoArray(out, outAt + 3 * outStride);
        c4.intoArray(out, outAt + 4 * outStride);
        c5.intoArray(out, outAt + 5 * outStride);
        c6.intoArray(out, outAt + 6 * outStride);
        c7.intoArray(out, outAt + 7 * outStride);
    }

    private static void one(
            final float[] x,
            final int xAt,
            final int[] offsets,
            final float[] w,
            final int wAt,
            final int width,
            final float[] in,
            final int inAt,
            final float[] out,
            final int outAt) {
        FloatVector sum = FloatVector.fromArray(FLOATS, in, inAt);
        for (int t = 0; t < offsets.length; t++) {
            final FloatVector tap = FloatVector.fromArray(FLOATS, w, wAt + t * width);
            sum = FloatVector.fromArray(FLOATS, x, xAt + offsets[t]).lanewise(FMA, tap, sum);
        }
        sum.intoArray(out, outAt);
    }

    /** {@code sums[t][c] += sum_o x[o][offsets[t] + c] * dy[o][c]}: four taps at a time read dy once. */
    static void gradient(
            final float[] x,
            final int xAt,
            final int xStride,
            final int[] offsets,
            final float[] dy,
            final int width,
            final int count,
            final float[] sums) {
        for (int c = 0; c < width; c += LANES) {
            int t = 0;
            for (; t <= offsets.length - TAPS; t += TAPS) {
                gradient4(x, xAt + c, xStride, offsets, t, dy, c, width, count, sums, t * width + c);
            }
            for (; t < offsets.length; t++) {
                gradient1(x, xAt + offsets[t] + c, xStride, dy, c, width, count, sums, t * width + c);
            }
        }
    }

    private static void gradient4(
            final float[] x,
            final int xAt,
            final int xStride,
            final int[] offsets,
            final int t,
            final float[] dy,
            final int dyAt,
            final int width,
            final int count,
            final float[] sums,
            final int at) {
        final int x0 = xAt + offsets[t];
        final int x1 = xAt + offsets[t + 1];
        final int x2 = xAt + offsets[t + 2];
        final int x3 = xAt + offsets[t + 3];
        FloatVector c0 = FloatVector.fromArray(FLOATS, sums, at);
        FloatVector c1 = FloatVector.fromArray(FLOATS, sums, at + width);
        FloatVector c2 = FloatVector.fromArray(FLOATS, sums, at + 2 * width);
        FloatVector c3 = FloatVector.fromArray(FLOATS, sums, at + 3 * width);
        for (int o = 0; o < count; o++) {
            final FloatVector d = FloatVector.fromArray(FLOATS, dy, dyAt + o * width);
            c0 = FloatVector.fromArray(FLOATS, x, x0 + o * xStride).lanewise(FMA, d, c0);
            c1 = FloatVector.fromArray(FLOATS, x, x1 + o * xStride).lanewise(FMA, d, c1);
            c2 = FloatVector.fromArray(FLOATS, x, x2 + o * xStride).lanewise(FMA, d, c2);
            c3 = FloatVector.fromArray(FLOATS, x, x3 + o * xStride).lanewise(FMA, d, c3);
        }
        c0.intoArray(sums, at);
        c1.intoArray(sums, at + width);
        c2.intoArray(sums, at + 2 * width);
        c3.intoArray(sums, at + 3 * width);
    }

    private static void gradient1(
            final float[] x,
            final int xAt,
            final int xStride,
            final float[] dy,
            final int dyAt,
            final int width,
            final int count,
            final float[] sums,
            final int at) {
        FloatVector sum = FloatVector.fromArray(FLOATS, sums, at);
        for (int o = 0; o < count; o++) {
            final FloatVector d = FloatVector.fromArray(FLOATS, dy, dyAt + o * width);
            sum = FloatVector.fromArray(FLOATS, x, xAt + o * xStride).lanewise(FMA, d, sum);
        }
        sum.intoArray(sums, at);
    }

    /** {@code sums[i] += (int) exact[i]} for a whole number of vectors. */
    static void addTo(final float[] exact, final int count, final int[] sums) {
        for (int i = 0; i < count; i += LANES) {
            final IntVector integers =
                    (IntVector) FloatVector.fromArray(FLOATS, exact, i).convertShape(F2I, INTS, 0);
            IntVector.fromArray(INTS, sums, i).add(integers).intoArray(sums, i);
        }
    }
}
