package dev.tern.vector;

import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Sigmoid and tanh of floats in place, in the steps and with the bits of native/src/activation.h, where derivation and
 * error bound stand: {@code e^u = s + s (e^r - 1)}, {@code u = -|x|} or {@code -2|x|}, {@code s = 2^k}, {@code k =
 * rint(u / ln 2)}, by sums, products and quotients alone, none of them fused.
 */
final class Activations {
    private static final float LOWEST = -70;
    private static final float LOG2E = 0x1.715476p+0f;
    private static final float ROUNDER = 0x1.8p+23f;
    private static final float LN2_HIGH = 0x1.63p-1f;
    private static final float LN2_LOW = -0x1.bd0106p-13f;
    private static final float Q0 = 0x1.fffffep-2f;
    private static final float Q1 = 0x1.5554bp-3f;
    private static final float Q2 = 0x1.555674p-5f;
    private static final float Q3 = 0x1.1227bp-7f;
    private static final float Q4 = 0x1.6bebfep-10f;
    private static final int MANTISSA = 23;
    private static final int ONE = Float.floatToRawIntBits(1);

    private Activations() {}

    /** Whole vectors, from one index to another. */
    static void sigmoid(final float[] values, final int from, final int to) {
        for (int i = from; i < to; i += LANES) {
            sigmoid(FloatVector.fromArray(FLOATS, values, i)).intoArray(values, i);
        }
    }

    /** Whole vectors, from one index to another. */
    static void tanh(final float[] values, final int from, final int to) {
        for (int i = from; i < to; i += LANES) {
            tanh(FloatVector.fromArray(FLOATS, values, i)).intoArray(values, i);
        }
    }

    private static FloatVector sigmoid(final FloatVector x) {
        final FloatVector u = x.abs().neg().max(LOWEST);
        final FloatVector shifted = u.mul(LOG2E).add(ROUNDER);
        final FloatVector scale = scale(shifted);
        final FloatVector t = scale.add(scale.mul(rest(u, shifted.sub(ROUNDER))));
        final FloatVector one = FloatVector.broadcast(FLOATS, 1);
        return one.blend(t, x.compare(LT, 0)).div(one.add(t));
    }

    private static FloatVector tanh(final FloatVector x) {
        final FloatVector below = x.abs().neg();
        final FloatVector u = below.add(below).max(LOWEST);
        final FloatVector shifted = u.mul(LOG2E).add(ROUNDER);
        final FloatVector scale = scale(shifted);
        final FloatVector m = scale.sub(1).add(scale.mul(rest(u, shifted.sub(ROUNDER))));
        final IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
        return m.div(m.add(2)).abs().reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /** 2^k, from a sum whose lowest bits are k. */
    private static FloatVector scale(final FloatVector shifted) {
        return shifted.reinterpretAsInts().lanewise(LSHL, MANTISSA).add(ONE).reinterpretAsFloats();
    }

    /** e^r - 1. */
    private static FloatVector rest(final FloatVector u, final FloatVector k) {
        final FloatVector r = u.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
        final FloatVector q =
                r.mul(Q4).add(Q3).mul(r).add(Q2).mul(r).add(Q1).mul(r).add(Q0);
        return r.add(r.mul(r).mul(q));
    }
}
