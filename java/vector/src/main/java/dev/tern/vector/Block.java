package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.LANES;

import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * The part of y that one thread works on: some rows of the columns of some panels. Reused, so that no run allocates.
 */
final class Block {
    Workspace workspace;
    Tensor y;
    Tensor scales; // of the rows, or null
    Places places;
    long row;
    int rows;
    int panel;
    int panels;

    /** Columns that y really has here. */
    int columns;

    private Block strip;

    /** Some rows of this block as a block of their own, until the next call. */
    Block strip(final int first, final int count) {
        if (strip == null) {
            strip = new Block();
        }
        strip.workspace = workspace;
        strip.y = y;
        strip.scales = scales;
        strip.places = places;
        strip.row = row + first;
        strip.rows = count;
        strip.panel = panel;
        strip.panels = panels;
        strip.columns = columns;
        return strip;
    }

    /** The element of y that a row of this block begins at. */
    long at(final int r) {
        return places.at(y, row + r) + column();
    }

    /** First column. */
    int column() {
        return panel * COLUMNS;
    }

    /** Columns of its panels. */
    int width() {
        return panels * COLUMNS;
    }

    /**
     * Distance between rows of sums in scratch: a vector more than there is in a row, or else, the width being a power
     * of two more often than not, the rows of a tile would share a few sets of the L1 cache.
     */
    int stride() {
        return width() + LANES;
    }

    /** Sums in scratch, with the rows that a tile adds. */
    int size() {
        return RowPanels.padded(rows) * stride();
    }

    void clear() {
        workspace = null;
        y = null;
        scales = null;
        places = null;
        if (strip != null) {
            strip.clear();
        }
    }
}
