package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;

import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * The part of y that one thread works on: some rows of the columns of some panels. Reused, so that no run allocates.
 */
final class Block {
    Workspace workspace;
    Tensor y;
    long row;
    int rows;
    int panel;
    int panels;

    /** Columns that y really has here. */
    int columns;

    /** First column. */
    int column() {
        return panel * COLUMNS;
    }

    /** Distance between rows of sums in scratch: all columns of the panels. */
    int stride() {
        return panels * COLUMNS;
    }

    /** Sums in scratch, with the rows that tiles add. */
    int size() {
        return RowPanels.padded(rows) * stride();
    }

    void clear() {
        workspace = null;
        y = null;
    }
}
