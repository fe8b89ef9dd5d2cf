package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.Tensor;

/** The GEMM of {@link Gemm}'s definition, one element at a time; f32 sums run over k in order, in double. */
final class ReferenceGemm {
    private final Gemm gemm;
    private final Epilogue epilogue;

    ReferenceGemm(final Gemm gemm) {
        this.gemm = gemm;
        this.epilogue = new Epilogue(gemm);
    }

    void run(final Tensor a, final Tensor b, final Tensor y) {
        for (long m = 0; m < y.length(0); m++) {
            for (int n = 0; n < gemm.n(); n++) {
                final long at = m * y.stride(0) + n;
                if (gemm.isQuantized()) {
                    epilogue.store(integerSum(a, b, m, n), n, y, at);
                } else {
                    epilogue.store(floatSum(a, b, m, n), n, y, at);
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
        int sum = 0;
        for (int k = 0; k < gemm.k(); k++) {
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
