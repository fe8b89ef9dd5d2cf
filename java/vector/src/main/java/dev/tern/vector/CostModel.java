package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.LANES;

import dev.tern.BatchedGemm;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Pool2d;
import dev.tern.Reorder;
import dev.tern.Spmm;

/** What a run takes where nothing was measured; in the units of the native backend's model, one core at 3 GHz. */
final class CostModel {
    private static final double RUN_NANOS = 300;
    private static final double FORK_NANOS = 1_000;
    private static final double PACKED_BYTES_PER_NANO = 20;
    private static final double OPERATIONS_PER_NANO = 6.2 * LANES; // 99 at 512 bit: just below native f32
    private static final double INTEGER_SHARE = 0.92; // of that, after widening and adding to ints
    private static final double DEPTHWISE_SHARE = 0.2; // nine loads and their checks to eight FMA
    private static final double SIGNS_SHARE =
            16; // 32 signs to a word, of which three instructions take what one FMA does
    private static final double ELEMENTS_PACKED_PER_NANO = 4;
    private static final double STORED_SHARE = 0.3;
    private static final double SCATTERED_PER_NANO = 1;
    private static final double WEIGHTS_SCALED_PER_NANO = 10; // before they are multiplied, in every run

    private static final double CELL_NANOS = 2; // at 512 bit
    private static final int LANES_OF_512 = 16;
    private static final double POOLED_BYTES_PER_NANO = 2.5 * LANES;
    private static final double COPIED_PER_NANO = 2;
    private static final double TURNED_PER_NANO = 1;

    private CostModel() {}

    static double nanos(final Gemm gemm, final long rows, final int threads) {
        return shared(alone(gemm, rows), threads);
    }

    static double nanos(final BatchedGemm batched, final long rows, final int threads) {
        return shared(batched.batch() * alone(batched.product(), rows), threads);
    }

    private static double shared(final double alone, final int threads) {
        return RUN_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    private static double alone(final Gemm gemm, final long rows) {
        return Math.max(arithmetic(gemm, rows), weights(gemm))
                + (double) rows * gemm.k() / ELEMENTS_PACKED_PER_NANO
                + (gemm.scalesWeights() ? (double) gemm.n() * gemm.k() / WEIGHTS_SCALED_PER_NANO : 0);
    }

    /** A vector is as long as a tile has rows, and each stored weight is found by an index. */
    static double nanos(final Spmm spmm, final long rows, final int threads) {
        final Gemm gemm = spmm.product();
        final double products =
                spmm.density() * 2 * RowPanels.tiled(rows) * gemm.n() * gemm.k() / (OPERATIONS_PER_NANO * STORED_SHARE);
        final double alone = products + rows * (gemm.n() / SCATTERED_PER_NANO + gemm.k() / ELEMENTS_PACKED_PER_NANO);
        return shared(alone, threads);
    }

    /** Each tap is read once from an array, into which the rows of its window were copied. */
    static double nanos(final Pool2d pool, final long rows, final int threads) {
        final double alone = pool.operations(rows)
                / (POOLED_BYTES_PER_NANO * Byte.SIZE / pool.type().bits());
        return shared(alone, threads);
    }

    /** Read into an array, turned there one by one where the layouts differ, and written. */
    static double nanos(final Reorder reorder, final long rows, final int threads) {
        final double rate = reorder.from() == reorder.to() ? COPIED_PER_NANO : TURNED_PER_NANO;
        final double alone = reorder.operations(rows) / rate;
        return RUN_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    /** The products of a run of the usual length, and its gates. */
    static double nanos(final Lstm lstm, final long rows, final int threads) {
        final double products = nanos(lstm.input(), rows, threads) + nanos(lstm.recurrent(), rows, threads);
        return steps(lstm, products, rows, threads);
    }

    static double nanos(final LstmTraining training, final long rows, final int threads) {
        return steps(training.layer(), nanos(training.product(), rows, threads), rows, threads);
    }

    private static double steps(final Lstm lstm, final double products, final long rows, final int threads) {
        final double steps = lstm.a(rows).shape().length(0);
        return steps * (products + CELL_NANOS * LANES_OF_512 / LANES * lstm.hidden() * rows / threads);
    }

    /** A product for each group, or, depthwise, as many operations as there are at a lower rate. */
    static double nanos(final Conv2d conv, final long rows, final int threads) {
        final Gemm product = conv.product();
        return Depthwise.takes(conv)
                ? nanos(product, rows, threads) / DEPTHWISE_SHARE
                : conv.groups() * nanos(product.columns(0, product.n() / conv.groups()), rows, threads);
    }

    /** Whole tiles. */
    private static double arithmetic(final Gemm gemm, final long rows) {
        final double columns = Math.ceilDiv(gemm.n(), COLUMNS) * (double) COLUMNS;
        final double share = !gemm.bType().isInteger() ? 1 : isOfSigns(gemm) ? SIGNS_SHARE : INTEGER_SHARE;
        final double rate = OPERATIONS_PER_NANO * share;
        return 2 * RowPanels.tiled(rows) * columns * gemm.k() / rate;
    }

    private static boolean isOfSigns(final Gemm gemm) {
        return gemm.aType() == DataType.B1;
    }

    /** Integers are bytes in panels, but for signs beside signs; all else is f32. */
    private static double weights(final Gemm gemm) {
        final int bits = isOfSigns(gemm) ? 1 : gemm.bType().isInteger() ? Byte.SIZE : Float.SIZE;
        return (double) gemm.n() * gemm.k() * bits / Byte.SIZE / PACKED_BYTES_PER_NANO;
    }
}
