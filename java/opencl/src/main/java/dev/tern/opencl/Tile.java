package dev.tern.opencl;

import java.util.Arrays;

/**
 * The parameter block of {@code kernels/opencl/tile.cl}, and the work-group that goes with it.
 *
 * @param rows rows of y for each work-item
 * @param vectorWidth lanes of one accumulator
 * @param vectors accumulators in a row of the tile
 * @param dotProduct whether bytes are multiplied in quads
 * @param groupEdge work-items along each side of a work-group
 */
record Tile(int rows, int vectorWidth, int vectors, boolean dotProduct, int groupEdge) {
    /** For tests: a tile as {@code ROWSxWIDTHxVECTORSxEDGE}, with {@code ,dot} behind it for quads. */
    static final String PROPERTY = "tern.opencl.tile";

    /** What the kernels are built for without options. */
    static final Tile DEFAULT = new Tile(8, 16, 2, false, 1);

    private static final int PACK_TERMS = 128;
    private static final int WIDEST = 16;
    private static final int GPU_GROUP_EDGE = 8; // 64 work-items: one or two waves of any maker's

    static Tile parse(final String text) {
        final String[] parts = text.split(",");
        final int[] numbers =
                Arrays.stream(parts[0].split("x")).mapToInt(Integer::parseInt).toArray();
        return new Tile(numbers[0], numbers[1], numbers[2], parts.length > 1, numbers[3]);
    }

    /** Thirty-two vector registers come with 512-bit vectors; narrower ones leave room for eight accumulators. */
    static Tile cpu(final int vectorWidth, final boolean dotProduct) {
        return vectorWidth >= WIDEST
                ? new Tile(8, WIDEST, 2, dotProduct, 1)
                : new Tile(4, vectorWidth >= 8 ? 8 : 4, 2, dotProduct, 1);
    }

    /** Scalar registers: 64 of them accumulate. */
    static Tile gpu(final boolean dotProduct) {
        return new Tile(8, 4, 2, dotProduct, GPU_GROUP_EDGE);
    }

    int columns() {
        return vectorWidth * vectors;
    }

    String buildOptions() {
        return String.join(
                " ",
                "-DTILE_ROWS=" + rows,
                "-DVECTOR_WIDTH=" + vectorWidth,
                "-DTILE_VECTORS=" + vectors,
                "-DPACK_TERMS=" + PACK_TERMS,
                "-DINTEGER_DOT_PRODUCT=" + (dotProduct ? 1 : 0));
    }

    long paddedRows(final long count) {
        return Math.ceilDiv(count, rows) * rows;
    }

    long paddedColumns(final long count) {
        return Math.ceilDiv(count, columns()) * columns();
    }

    /** Terms of 8-bit panels, which the dot product takes in quads. */
    long paddedTerms(final long terms) {
        return dotProduct ? Math.ceilDiv(terms, 4) * 4 : terms;
    }

    /** Blocks into which packing splits the terms of a panel. */
    static long packBlocks(final long terms) {
        return Math.ceilDiv(terms, PACK_TERMS);
    }
}
