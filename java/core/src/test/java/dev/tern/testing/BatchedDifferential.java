package dev.tern.testing;

import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Tensor;
import java.util.function.LongToDoubleFunction;

/** Holds batches of products to the reference. */
public final class BatchedDifferential extends Differential<BatchedCase> {
    /** The tested engines stay the caller's. */
    public BatchedDifferential(final Engine... tested) {
        super(tested);
    }

    @Override
    LongToDoubleFunction bound(final BatchedCase test) {
        final Gemm gemm = test.one().gemm();
        final Tensor a = test.a();
        final Tensor b = test.b();
        final Tensor y = test.y();
        return gemm.isQuantized() ? EXACT : index -> bound(gemm, a, b, y, index);
    }

    private static double bound(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y, final long index) {
        final long matrix = index / y.stride(0);
        final long within = index % y.stride(0);
        return within / y.stride(1) >= y.length(1)
                ? 0
                : GemmDifferential.bound(gemm, matrix(a, matrix), matrix(b, matrix), y.entry(matrix))
                        .applyAsDouble(within);
    }

    private static Tensor matrix(final Tensor operand, final long index) {
        return operand.shape().rank() == 2 ? operand : operand.entry(index);
    }
}
