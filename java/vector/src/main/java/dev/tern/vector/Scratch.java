package dev.tern.vector;

/** What each slot of a worker's workspace holds here. */
final class Scratch {
    /** Floats: the panels of a block of rows. */
    static final int ROW_PANELS = 0;

    /** Floats: a block of sums, or one tile of them. */
    static final int SUMS = 1;

    /** Floats: rows on their way into panels. */
    static final int STAGED = 2;

    /** Floats: one panel of b, or a part of it. */
    static final int PANEL = 3;

    /** Ints: a block of integer sums. */
    static final int INT_SUMS = 0;

    /** Ints: the sum of each row of a. */
    static final int ROW_SUMS = 1;

    /** Ints: a row of y. */
    static final int Y_ROW = 2;

    /** Ints: rows of signs on their way into panels. */
    static final int SIGN_LINES = 2;

    /** Ints: the panels of a block of rows of signs. */
    static final int SIGN_ROWS = 3;

    /** Bytes: rows of s8 or u8, coming or going. */
    static final int BYTES = 0;

    /** Bytes: rows of images. */
    static final int BYTE_ROWS = 1;

    /** Bytes: a row of results. */
    static final int BYTES_OUT = 2;

    private Scratch() {}
}
