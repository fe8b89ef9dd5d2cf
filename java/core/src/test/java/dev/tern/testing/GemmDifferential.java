package dev.tern.testing;

import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Quantization;
import dev.tern.Tensor;
import java.util.function.LongToDoubleFunction;

/** Holds the GEMM of engines to the reference. */
public final class GemmDifferential extends Differential<GemmCase> {
    /** The tested engines stay the caller's. */
    public GemmDifferential(final Engine... tested) {
        super(tested);
    }

    @Override
    LongToDoubleFunction bound(final GemmCase test) {
        return bound(test.gemm(), test.a(), test.b(), test.y());
    }

    static LongToDoubleFunction bound(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y) {
        return gemm.isQuantized() ? EXACT : index -> bound(gemm, a, b, y, index);
    }

    private static double bound(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y, final long index) {
        final long row = index / y.stride(0);
        final int column = (int) (index % y.stride(0));
        if (column >= gemm.n()) {
            return 0;
        }
        double magnitudes = 1 + (gemm.floatBias() == null ? 0 : Math.abs(gemm.floatBias()[column]));
        for (int k = 0; k < gemm.k(); k++) {
            final long atA = gemm.layout().transposesA() ? k * a.stride(0) + row : row * a.stride(0) + k;
            final long atB = gemm.layout().transposesB() ? column * b.stride(0) + k : k * b.stride(0) + column;
            magnitudes += Math.abs((double) a.floatAt(atA) * weight(gemm, b, atB, k, column));
        }
        return gamma(gemm.k() + 3) * magnitudes;
    }

    /** The real that a weight stands for. */
    private static float weight(final Gemm gemm, final Tensor b, final long at, final int k, final int column) {
        if (!gemm.scalesWeights()) {
            return b.floatAt(at);
        }
        final Quantization q = gemm.bQuantization();
        final int group = k / gemm.groupLength();
        return q.scale(column, group) * (b.integerAt(at) - q.zeroPoint(column, group));
    }
}
