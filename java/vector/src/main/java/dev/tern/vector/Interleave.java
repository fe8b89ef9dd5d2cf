package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static dev.tern.vector.VectorWidth.ROWS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Moves floats between rows and panels. Arrays only. */
final class Interleave {
    private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_512;
    private static final int WIDE_LANES = 16;

    private static final VectorMask<Float> TILE_ROWS = FLOATS.indexInRange(0, ROWS);

    /** Past the end of a panel, floats that {@link #rows} may overwrite. */
    static final int SLACK = 8 * WIDE_LANES;

    /** Lane numbers that pick x0 y0 x1 y1 … from the lower halves of two vectors, and from the upper ones. */
    private static final FloatVector LOWER = zip(0);

    private static final FloatVector UPPER = zip(WIDE_LANES / 2);

    private Interleave() {}

    private static FloatVector zip(final int first) {
        final float[] lanes = new float[WIDE_LANES];
        for (int i = 0; i < WIDE_LANES; i++) {
            lanes[i] = first + i / 2 + i % 2 * WIDE_LANES;
        }
        return FloatVector.fromArray(WIDE, lanes, 0);
    }

    /** {@code to[at + k * height + r] = rows[r * stride + k]}; may read a row up to the next multiple of 16. */
    static void rows(
            final int height, final float[] rows, final int stride, final int count, final float[] to, final int at) {
        if (height == 8) {
            eight(rows, stride, count, to, at);
        } else {
            oneByOne(height, rows, stride, count, to, at);
        }
    }

    /** Below 512 bit, vectors are no faster at it. */
    private static void oneByOne(
            final int height, final float[] rows, final int stride, final int count, final float[] to, final int at) {
        for (int k = 0; k < count; k++) {
            for (int r = 0; r < height; r++) {
                to[at + k * height + r] = rows[r * stride + k];
            }
        }
    }

    /**
     * Three rounds of perfect shuffles: zipping rows r and r + 4, then those two apart, then neighbours, brings all
     * eight rows' k together. 0.10 ns an element, 0.24 one by one.
     */
    private static void eight(final float[] rows, final int stride, final int count, final float[] to, final int at) {
        for (int k = 0; k < count; k += WIDE_LANES) {
            final FloatVector r0 = FloatVector.fromArray(WIDE, rows, k);
            final FloatVector r1 = FloatVector.fromArray(WIDE, rows, k + stride);
            final FloatVector r2 = FloatVector.fromArray(WIDE, rows, k + 2 * stride);
            final FloatVector r3 = FloatVector.fromArray(WIDE, rows, k + 3 * stride);
            final FloatVector r4 = FloatVector.fromArray(WIDE, rows, k + 4 * stride);
            final FloatVector r5 = FloatVector.fromArray(WIDE, rows, k + 5 * stride);
            final FloatVector r6 = FloatVector.fromArray(WIDE, rows, k + 6 * stride);
            final FloatVector r7 = FloatVector.fromArray(WIDE, rows, k + 7 * stride);
            zip4(lower(r0, r4), lower(r1, r5), lower(r2, r6), lower(r3, r7), to, at + k * 8);
            zip4(upper(r0, r4), upper(r1, r5), upper(r2, r6), upper(r3, r7), to, at + k * 8 + 4 * WIDE_LANES);
        }
    }

    private static void zip4(
            final FloatVector x04,
            final FloatVector x15,
            final FloatVector x26,
            final FloatVector x37,
            final float[] to,
            final int at) {
        zip2(lower(x04, x26), lower(x15, x37), to, at);
        zip2(upper(x04, x26), upper(x15, x37), to, at + 2 * WIDE_LANES);
    }

    private static void zip2(final FloatVector even, final FloatVector odd, final float[] to, final int at) {
        lower(even, odd).intoArray(to, at);
        upper(even, odd).intoArray(to, at + WIDE_LANES);
    }

    private static FloatVector lower(final FloatVector x, final FloatVector y) {
        return LOWER.selectFrom(x, y);
    }

    private static FloatVector upper(final FloatVector x, final FloatVector y) {
        return UPPER.selectFrom(x, y);
    }

    /**
     * Copies {@code count} runs of as many floats as a tile has rows. A narrower vector would do it without a mask, but
     * a process that uses two classes of them has both in the profiles of all their methods, and the compiler then
     * leaves vectors in memory wherever it inlines too late. The last run has no vector, which could pass the end of an
     * array: a mask that does is checked lane by lane, on the heap.
     */
    static void tileColumns(
            final float[] from,
            final int fromAt,
            final int fromStride,
            final int count,
            final float[] to,
            final int toAt,
            final int toStride) {
        for (int i = 0; i < count - 1; i++) {
            final int source = fromAt + i * fromStride;
            final int target = toAt + i * toStride;
            if (ROWS == LANES) {
                FloatVector.fromArray(FLOATS, from, source).intoArray(to, target);
            } else {
                FloatVector.fromArray(FLOATS, from, source, TILE_ROWS).intoArray(to, target, TILE_ROWS);
            }
        }
        final int last = count - 1;
        System.arraycopy(from, fromAt + last * fromStride, to, toAt + last * toStride, ROWS);
    }

    /** Copies {@code count} rows of COLUMNS to a panel. */
    static void panelRows(
            final float[] from,
            final int fromAt,
            final int fromStride,
            final int count,
            final float[] to,
            final int toAt) {
        for (int i = 0; i < count; i++) {
            final int source = fromAt + i * fromStride;
            final int target = toAt + i * COLUMNS;
            FloatVector.fromArray(FLOATS, from, source).intoArray(to, target);
            FloatVector.fromArray(FLOATS, from, source + LANES).intoArray(to, target + LANES);
        }
    }
}
