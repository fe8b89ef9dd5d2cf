package dev.tern.vector;

import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.SparseMatrix;
import dev.tern.Spmm;
import dev.tern.Tensor;
import java.util.Arrays;

/** Stored weights that are not 0, row by row, as floats. */
final class SparseWeights implements PackedForm {
    final int[] starts;
    int[] terms;
    float[] values;

    static SparseWeights of(final Spmm spmm, final PackedWeights weights) {
        return weights.form(
                "vector csr", SparseWeights.class, dense -> new SparseWeights(SparseMatrix.of(spmm.sparsity(), dense)));
    }

    private SparseWeights(final SparseMatrix matrix) {
        final int width = matrix.sparsity().blockWidth();
        starts = new int[matrix.rows() + 1];
        terms = new int[Math.multiplyExact(matrix.rowStart(matrix.rows()), width)];
        values = new float[terms.length];
        int count = 0;
        for (int row = 0; row < matrix.rows(); row++) {
            for (int i = matrix.rowStart(row) * width; i < matrix.rowStart(row + 1) * width; i++) {
                final float value = at(matrix.values(), i);
                if (value != 0) {
                    terms[count] = matrix.column(i / width) + i % width;
                    values[count++] = value;
                }
            }
            starts[row + 1] = count;
        }
        terms = Arrays.copyOf(terms, count);
        values = Arrays.copyOf(values, count);
    }

    private static float at(final Tensor values, final int index) {
        return values.type().isInteger() ? values.integerAt(index) : values.floatAt(index);
    }

    @Override
    public long bytes() {
        return (long) Integer.BYTES * (starts.length + terms.length) + (long) Float.BYTES * values.length;
    }

    @Override
    public void free() {
        terms = null;
        values = null;
    }
}
