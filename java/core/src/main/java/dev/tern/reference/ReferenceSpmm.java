package dev.tern.reference;

import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.SparseMatrix;
import dev.tern.Spmm;
import dev.tern.Tensor;

/** The sums of {@link Spmm}'s definition, over stored weights one at a time, in double or modulo 2^32. */
final class ReferenceSpmm {
    private final Gemm product;
    private final SparseMatrix weights;
    private final Epilogue epilogue;

    ReferenceSpmm(final Spmm spmm, final PackedWeights packed) {
        product = spmm.product();
        epilogue = new Epilogue(product);
        weights = packed.form("reference", Form.class, dense -> new Form(SparseMatrix.of(spmm.sparsity(), dense)))
                .matrix();
    }

    /** On the heap. */
    private record Form(SparseMatrix matrix) implements PackedForm {
        @Override
        public long bytes() {
            return matrix.bytes();
        }

        @Override
        public void free() {}
    }

    void run(final Tensor a, final Tensor b, final Tensor y) {
        for (long m = 0; m < y.length(0); m++) {
            for (int n = 0; n < product.n(); n++) {
                final long row = m * a.stride(0);
                final long at = m * y.stride(0) + n;
                if (product.isQuantized()) {
                    epilogue.store(integerSum(a, row, n), n, 1, y, at);
                } else {
                    epilogue.store(floatSum(a, row, n), n, y, at);
                }
            }
        }
    }

    /** The index of the first stored weight of a row. */
    private long first(final int n) {
        return (long) weights.rowStart(n) * weights.sparsity().blockWidth();
    }

    private double floatSum(final Tensor a, final long row, final int n) {
        double sum = 0;
        for (long i = first(n); i < first(n + 1); i++) {
            sum += (double) a.floatAt(row + column(i)) * weights.values().floatAt(i);
        }
        return sum;
    }

    private int integerSum(final Tensor a, final long row, final int n) {
        final int za = product.aQuantization().zeroPoint(0);
        int sum = 0;
        for (long i = first(n); i < first(n + 1); i++) {
            if (column(i) < product.k()) {
                sum += (a.integerAt(row + column(i)) - za) * weights.values().integerAt(i);
            }
        }
        return sum;
    }

    private int column(final long index) {
        final int width = weights.sparsity().blockWidth();
        return weights.column((int) (index / width)) + (int) (index % width);
    }
}
