package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.Quantization;
import dev.tern.Tensor;

/** The GEMM of {@link Gemm}'s definition, one element at a time; f32 sums run over k in order, in double. */
final class ReferenceGemm {
    private final Gemm gemm;
    private final Epilogue epilogue;

    ReferenceGemm(final Gemm gemm) {
        this.gemm = gemm;
        this.epilogue = new Epilogue(gemm);
    }

    /** One matrix after the other. */
    void runBatch(final Tensor a, final Tensor b, final Tensor y) {
        for (long i = 0; i < y.length(0); i++) {
            run(matrix(a, i), matrix(b, i), null, y.entry(i));
        }
    }

    private static Tensor matrix(final Tensor operand, final long index) {
        return operand.shape().rank() == 2 ? operand : operand.entry(index);
    }

    /** @param scales of the rows, or null */
    void run(final Tensor a, final Tensor b, final Tensor scales, final Tensor y) {
        for (long m = 0; m < y.length(0); m++) {
            for (int n = 0; n < gemm.n(); n++) {
                final long at = m * y.stride(0) + n;
                if (gemm.isQuantized() && gemm.scalesWeights()) {
                    epilogue.store(groupedSum(a, b, m, n), n, y, at);
                } else if (gemm.isQuantized()) {
                    epilogue.store(integerSum(a, b, m, n, 0, gemm.k()), n, Epilogue.scale(scales, m), y, at);
                } else {
                    epilogue.store(floatSum(a, b, m, n), n, y, at);
                }
            }
        }
    }

    /** Sums of the groups are exact; what is done with them is rounded to f32, step by step. */
    private float groupedSum(final Tensor a, final Tensor b, final long m, final int n) {
        final int length = gemm.groupLength();
        float sum = 0;
        for (int from = 0; from < gemm.k(); from += length) {
            final int acc = integerSum(a, b, m, n, from, Math.min(from + length, gemm.k()));
            sum += (float) acc * gemm.bQuantization().scale(n, from / length);
        }
        return sum * gemm.aQuantization().scale(0);
    }

    private double floatSum(final Tensor a, final Tensor b, final long m, final int n) {
        double sum = 0;
        for (int k = 0; k < gemm.k(); k++) {
            sum += (double) a.floatAt(indexA(a, m, k)) * weight(b, k, n);
        }
        return sum;
    }

    private float weight(final Tensor b, final int k, final int n) {
        if (!gemm.scalesWeights()) {
            return b.floatAt(indexB(b, k, n));
        }
        final Quantization q = gemm.bQuantization();
        final int group = k / gemm.groupLength();
        return q.scale(n, group) * (b.integerAt(indexB(b, k, n)) - q.zeroPoint(n, group));
    }

    /** Of the terms {@code [from, to)}, which share a zero point. */
    private int integerSum(final Tensor a, final Tensor b, final long m, final int n, final int from, final int to) {
        final int za = gemm.aQuantization().zeroPoint(0);
        final int zb = from < to ? gemm.bQuantization().zeroPoint(n, from / gemm.groupLength()) : 0;
        int sum = 0;
        for (int k = from; k < to; k++) {
            sum += (a.integerAt(indexA(a, m, k)) - za) * (b.integerAt(indexB(b, k, n)) - zb);
        }
        return sum;
    }

    private long indexA(final Tensor a, final long m, final int k) {
        return gemm.layout().transposesA() ? k * a.stride(0) + m : m * a.stride(0) + k;
    }

    private long indexB(final Tensor b, final int k, final int n) {
        return gemm.layout().transposesB() ? n * b.stride(0) + k : k * b.stride(0) + n;
    }
}
