package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.Quantization;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** From the sum of one element to y, as {@link Gemm} defines it. */
final class Epilogue {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt S32 = ValueLayout.JAVA_INT_UNALIGNED;

    private final Gemm gemm;
    private final float[] floatBias;
    private final int[] intBias;

    Epilogue(final Gemm gemm) {
        this.gemm = gemm;
        this.floatBias = gemm.floatBias();
        this.intBias = gemm.intBias();
    }

    /** Of a row, out of the scales that come with a run. */
    static float scale(final Tensor scales, final long row) {
        return scales == null ? 1 : scales.floatAt(row);
    }

    /** Stores the sum of an element of column {@code n} at an index of y. */
    void store(final double sum, final int n, final Tensor y, final long at) {
        storeFloat(y, at, clamp((float) (sum + (floatBias == null ? 0 : floatBias[n]))));
    }

    /**
     * Stores the sum of an element of column {@code n}, still without its bias, at an index of y.
     *
     * @param rowScale 1 where rows have none: it changes nothing
     */
    void store(final int sum, final int n, final float rowScale, final Tensor y, final long at) {
        final int acc = sum + (intBias == null ? 0 : intBias[n]);
        final MemorySegment out = y.segment();
        switch (gemm.yType()) {
            case S32 -> out.set(S32, at * 4, gemm.accumulates() ? out.get(S32, at * 4) + acc : acc);
            case F32 -> storeFloat(y, at, clamp((float) acc * gemm.multiplier(n) * rowScale));
            case S8, U8 -> out.set(ValueLayout.JAVA_BYTE, at, (byte) requantize(acc, n));
            default -> throw new IllegalStateException("y type: " + gemm.yType());
        }
    }

    private int requantize(final int acc, final int n) {
        final Quantization q = gemm.yQuantization();
        return (int) clamp((float) Math.rint((float) acc * gemm.multiplier(n)) + q.zeroPoint(0));
    }

    private float clamp(final float value) {
        return Math.clamp(value, gemm.yMin(), gemm.yMax());
    }

    private void storeFloat(final Tensor y, final long at, final float value) {
        final MemorySegment out = y.segment();
        out.set(F32, at * 4, gemm.accumulates() ? out.get(F32, at * 4) + value : value);
    }
}
