package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;

/**
 * How a run is cut: blocks of rows, whose packed panels stay in the L2 cache, times groups of panels, whose results do.
 * A unit is one block times one group; the units of a block follow each other, so that a thread packs its rows once.
 */
final class Blocking {
    private static final int MAX_BLOCK_ROWS = 256;
    private static final int MAX_BLOCK_FLOATS = 1 << 19; // 2 MB of packed rows, of which a piece of k is read at a time
    private static final int MAX_GROUP = 8; // panels
    private static final long FORK_OPERATIONS = 1 << 19; // some 3 µs of work for one thread

    private long first;
    private long rows;
    private int n;
    private int panels;
    private int blockRows;
    private int groupPanels;
    private long chunk;

    /** Cuts a product of [rows, k] and [k, n], whose rows are counted from {@code newFirst} on. */
    void cut(final long newFirst, final long newRows, final int newN, final int k, final int threads) {
        first = newFirst;
        rows = newRows;
        n = newN;
        panels = Math.ceilDiv(n, COLUMNS);
        final int affordable = Math.max(1, MAX_BLOCK_FLOATS / Math.max(k, 1) / ROWS) * ROWS;
        blockRows = evenly(rows, Math.min(affordable, MAX_BLOCK_ROWS), ROWS);
        groupPanels = evenly(panels, MAX_GROUP, 1);
        final boolean forks = forks(rows, n, k, threads);
        if (forks) {
            split(threads);
        }
        chunk = forks ? chunkFor(threads) : units();
    }

    /** Whether a product is worth more than one thread. */
    static boolean forks(final long rows, final int n, final int k, final int threads) {
        return threads > 1 && 2.0 * rows * n * k >= FORK_OPERATIONS;
    }

    /** The even share, in multiples of {@code step}, of pieces of at most {@code most}. */
    private static int evenly(final long total, final int most, final int step) {
        final long pieces = Math.ceilDiv(total, most);
        return (int) Math.ceilDiv(Math.ceilDiv(total, pieces), step) * step;
    }

    /** Halves blocks, or groups where two tiles of rows are all that is left, until every thread has work. */
    private void split(final int threads) {
        while (units() < threads && (blockRows >= 4 * ROWS || groupPanels > 1)) {
            if (blockRows >= 4 * ROWS) {
                blockRows = evenly(rows, blockRows / 2, ROWS);
            } else {
                groupPanels = (groupPanels + 1) / 2;
            }
        }
    }

    /** Whole blocks where there are enough of them for an even finish, else fewer units. */
    private long chunkFor(final int threads) {
        final boolean even = blocks() % threads == 0 || blocks() >= 4L * threads;
        return even ? groups() : Math.max(1, units() / (4L * threads));
    }

    long units() {
        return blocks() * groups();
    }

    long chunk() {
        return chunk;
    }

    private long blocks() {
        return Math.ceilDiv(rows, blockRows);
    }

    private int groups() {
        return Math.ceilDiv(panels, groupPanels);
    }

    /** Moves {@code block} to a unit; true where its rows are others than before. */
    boolean place(final Block block, final long unit) {
        final long before = block.row;
        final long row = unit / groups() * blockRows;
        block.row = first + row;
        block.rows = (int) Math.min(blockRows, rows - row);
        block.panel = (int) (unit % groups()) * groupPanels;
        block.panels = Math.min(groupPanels, panels - block.panel);
        block.columns = Math.min(block.width(), n - block.column());
        return block.row != before;
    }
}
