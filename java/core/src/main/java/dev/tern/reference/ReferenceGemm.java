package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.Quantization;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The GEMM of {@link Gemm}'s definition, one element at a time; f32 sums run over k in order, in double. */
final class ReferenceGemm {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt S32 = ValueLayout.JAVA_INT_UNALIGNED;

    private final Gemm gemm;
    private final float[] floatBias;
    private final int[] intBias;

    ReferenceGemm(final Gemm gemm) {
        this.gemm = gemm;
        this.floatBias = gemm.floatBias();
        this.intBias = gemm.intBias();
    }

    void run(final Tensor a, final Tensor b, final Tensor y) {
        for (long m = 0; m < y.length(0); m++) {
            for (int n = 0; n < gemm.n(); n++) {
                final long at = m * y.stride(0) + n;
                if (gemm.isQuantized()) {
                    store(integerSum(a, b, m, n), n, y, at);
                } else {
                    final float biased = (float) (floatSum(a, b, m, n) + (floatBias == null ? 0 : floatBias[n]));
                    storeFloat(y, at, clamp(biased));
                }
            }
        }
    }

    private double floatSum(final Tensor a, final Tensor b, final long m, final int n) {
        double sum = 0;
        for (int k = 0; k < gemm.k(); k++) {
            sum += (double) a.floatAt(indexA(a, m, k)) * b.floatAt(indexB(b, k, n));
        }
        return sum;
    }

    private int integerSum(final Tensor a, final Tensor b, final long m, final int n) {
        final int za = gemm.aQuantization().zeroPoint(0);
        final int zb = gemm.bQuantization().zeroPoint(n);
        int sum = intBias == null ? 0 : intBias[n];
        for (int k = 0; k < gemm.k(); k++) {
            sum += (a.integerAt(indexA(a, m, k)) - za) * (b.integerAt(indexB(b, k, n)) - zb);
        }
        return sum;
    }

    private void store(final int acc, final int n, final Tensor y, final long at) {
        final MemorySegment out = y.segment();
        switch (gemm.yType()) {
            case S32 -> out.set(S32, at * 4, gemm.accumulates() ? out.get(S32, at * 4) + acc : acc);
            case F32 -> storeFloat(y, at, clamp((float) acc * gemm.multiplier(n)));
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

    private long indexA(final Tensor a, final long m, final int k) {
        return gemm.layout().transposesA() ? k * a.stride(0) + m : m * a.stride(0) + k;
    }

    private long indexB(final Tensor b, final int k, final int n) {
        return gemm.layout().transposesB() ? n * b.stride(0) + k : k * b.stride(0) + n;
    }
}
