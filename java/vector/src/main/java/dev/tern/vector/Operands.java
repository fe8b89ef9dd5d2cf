package dev.tern.vector;

/**
 * Where the operands of a product lie.
 *
 * @param name what tells its packed weights from those of the operation's other products
 * @param a the rows of a; where the layout transposes it, the rows that hold a term each
 * @param b the rows of b, as its layout has them
 * @param y the rows of the result
 * @param taps parts of a line that begin on words of their own where they are signs
 */
record Operands(String name, Lines a, Lines b, Places y, int taps) {
    static final Operands MATRICES = new Operands("", Places.ROWS, Places.ROWS, Places.ROWS, 1);

    /** Matrices of a batch, one at a time. */
    static final Operands BATCHES =
            new Operands("", Places.ROWS_OF_BATCH, Places.ROWS_OF_BATCH, Places.ROWS_OF_BATCH, 1);

    /** A batch of which all matrices are multiplied by the same b. */
    static final Operands ONE_B = new Operands("", Places.ROWS_OF_ALL, Places.ROWS, Places.ROWS_OF_ALL, 1);
}
