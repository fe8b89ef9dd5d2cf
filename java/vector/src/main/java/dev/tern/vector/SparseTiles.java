package dev.tern.vector;

import static dev.tern.vector.VectorWidth.ROWS;
import static dev.tern.vector.VectorWidth.TILE_COLUMN;

import jdk.incubator.vector.FloatVector;

/**
 * The microkernel of {@code spmm_<types>_csr_1x<rows>_vector<bits>}: one column of y for one tile of rows.
 *
 * <pre>
 * formula    sums[r] = sum_i a[terms[i]][r] * values[i]      i from `from` to `to`, r below rows
 * a          a panel [k][rows]: element (term, r) at aAt + term * rows + r
 * registers  4 sums, since an FMA takes as long as four of them are issued in
 * reads      a, terms, values exactly as stated
 * truth      ReferenceSpmm      test  SpmmDifferentialTest      bench  sparse
 * </pre>
 */
final class SparseTiles {
    private SparseTiles() {}

    static void multiply(
            final int rows,
            final float[] a,
            final int aAt,
            final int[] terms,
            final float[] values,
            final int from,
            final int to,
            final float[] sums) {
        if (rows == ROWS) {
            multiplyLanes(a, aAt, terms, values, from, to, sums);
        } else {
            multiplyRest(rows, a, aAt, terms, values, from, to, sums);
        }
    }

    private static void multiplyLanes(
            final float[] a,
            final int aAt,
            final int[] terms,
            final float[] values,
            final int from,
            final int to,
            final float[] sums) {
        FloatVector c0 = FloatVector.zero(TILE_COLUMN);
        FloatVector c1 = FloatVector.zero(TILE_COLUMN);
        FloatVector c2 = FloatVector.zero(TILE_COLUMN);
        FloatVector c3 = FloatVector.zero(TILE_COLUMN);
        int i = from;
        for (; i + 3 < to; i += 4) {
            c0 = FloatVector.fromArray(TILE_COLUMN, a, aAt + terms[i] * ROWS)
                    .fma(FloatVector.broadcast(TILE_COLUMN, values[i]), c0);
            c1 = FloatVector.fromArray(TILE_COLUMN, a, aAt + terms[i + 1] * ROWS)
                    .fma(FloatVector.broadcast(TILE_COLUMN, values[i + 1]), c1);
            c2 = FloatVector.fromArray(TILE_COLUMN, a, aAt + terms[i + 2] * ROWS)
                    .fma(FloatVector.broadcast(TILE_COLUMN, values[i + 2]), c2);
            c3 = FloatVector.fromArray(TILE_COLUMN, a, aAt + terms[i + 3] * ROWS)
                    .fma(FloatVector.broadcast(TILE_COLUMN, values[i + 3]), c3);
        }
        for (; i < to; i++) {
            c0 = FloatVector.fromArray(TILE_COLUMN, a, aAt + terms[i] * ROWS)
                    .fma(FloatVector.broadcast(TILE_COLUMN, values[i]), c0);
        }
        c0.add(c1).add(c2.add(c3)).intoArray(sums, 0);
    }

    private static void multiplyRest(
            final int rows,
            final float[] a,
            final int aAt,
            final int[] terms,
            final float[] values,
            final int from,
            final int to,
            final float[] sums) {
        for (int r = 0; r < rows; r++) {
            float sum = 0;
            for (int i = from; i < to; i++) {
                sum += a[aAt + terms[i] * rows + r] * values[i];
            }
            sums[r] = sum;
        }
    }
}
