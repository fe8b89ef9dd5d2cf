package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;

import dev.tern.Axis;
import jdk.incubator.vector.IntVector;

/**
 * Takes back what padding has added. A cleared tap reads as signs of -1, so that the sum has become {@code -sum w} too
 * large by it; real padding adds nothing.
 */
final class SignPadding {
    private final Patches patches;
    private final int taps;
    private final int columns; // of all panels

    /** @param columns of all panels */
    SignPadding(final Patches patches, final int columns) {
        this.patches = patches;
        this.taps = patches.rows().taps() * patches.columns().taps();
        this.columns = columns;
    }

    /** Length of {@link #sum}'s result. */
    int length() {
        return taps * columns;
    }

    /** Sums the weights of each tap, [taps][columns], for the panels {@code [first, last)}. */
    void sum(final int[] panels, final int first, final int last, final int signs, final int[] sums) {
        final int words = patches.cells();
        for (int column = first * COLUMNS; column < last * COLUMNS; column++) {
            final int panel = column / COLUMNS * taps * words * COLUMNS + column % COLUMNS;
            for (int tap = 0; tap < taps; tap++) {
                int ones = 0;
                for (int w = tap * words; w < (tap + 1) * words; w++) {
                    ones += Integer.bitCount(panels[panel + w * COLUMNS]);
                }
                sums[tap * columns + column] = 2 * ones - signs;
            }
        }
    }

    /** Adds the sums of all taps that some rows of y see outside of the image. */
    void takeBack(final Block block, final int[] tapSums, final int[] sums) {
        for (int r = 0; r < block.rows; r++) {
            final int position = (int) block.row + r;
            final int across = position / patches.columns().outputs();
            final int row =
                    Patches.origin(patches.rows(), across % patches.rows().outputs());
            final int column = Patches.origin(
                    patches.columns(), position % patches.columns().outputs());
            if (!isInside(patches.rows(), row) || !isInside(patches.columns(), column)) {
                takeBack(row, column, block, tapSums, sums, r * block.stride());
            }
        }
    }

    private static boolean isInside(final Axis axis, final int origin) {
        return origin >= 0 && origin + (axis.taps() - 1) * axis.dilation() < axis.size();
    }

    private void takeBack(
            final int row, final int column, final Block block, final int[] tapSums, final int[] sums, final int at) {
        for (int tap = 0; tap < taps; tap++) {
            final int ih = row + tap / patches.columns().taps() * patches.rows().dilation();
            final int iw =
                    column + tap % patches.columns().taps() * patches.columns().dilation();
            final boolean inside = ih >= 0
                    && ih < patches.rows().size()
                    && iw >= 0
                    && iw < patches.columns().size();
            if (!inside) {
                add(tapSums, tap * columns + block.column(), block.width(), sums, at);
            }
        }
    }

    private static void add(final int[] from, final int fromAt, final int count, final int[] to, final int at) {
        for (int i = 0; i < count; i += LANES) {
            IntVector.fromArray(INTS, to, at + i)
                    .add(IntVector.fromArray(INTS, from, fromAt + i))
                    .intoArray(to, at + i);
        }
    }
}
