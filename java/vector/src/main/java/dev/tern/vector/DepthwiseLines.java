package dev.tern.vector;

import dev.tern.Axis;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * The lines of an image that some lines of outputs see, brought to an array: {@code [line][position][width]}, with
 * zeros where there is padding, and each channel as often as it has filters.
 */
final class DepthwiseLines {
    private final Axis rows;
    private final Axis columns;
    private final int channels;
    private final int multiplier;
    private final int width;
    private final int left; // positions before the image
    private final int length; // floats of a line

    /**
     * @param multiplier filters of each channel
     * @param width floats from one position to the next
     */
    DepthwiseLines(final Axis rows, final Axis columns, final int channels, final int multiplier, final int width) {
        this.rows = rows;
        this.columns = columns;
        this.channels = channels;
        this.multiplier = multiplier;
        this.width = width;
        this.left = Math.max(0, columns.before());
        this.length = Math.max(left + columns.size(), left + seenEnd(columns)) * width;
    }

    /** Past the last position that an axis sees. */
    private static int seenEnd(final Axis axis) {
        return Patches.origin(axis, axis.outputs() - 1) + (axis.taps() - 1) * axis.dilation() + 1;
    }

    /** Floats that {@code outputs} lines of outputs see. */
    int floats(final int outputs) {
        return Math.multiplyExact(lines(outputs), length);
    }

    private int lines(final int outputs) {
        return (outputs - 1) * rows.stride() + Math.max(0, rows.taps() - 1) * rows.dilation() + 1;
    }

    /** Lines of outputs that see no more than so many floats, but at least one. */
    int outputsWithin(final int floats) {
        final int more = floats / Math.max(1, length) - lines(1);
        return 1 + Math.max(0, more) / rows.stride();
    }

    /** Where the first position that an output line sees is; its neighbours follow {@link #step} floats apart. */
    int at(final int output) {
        return output * rows.stride() * length + (left - columns.before()) * width;
    }

    int step() {
        return columns.stride() * width;
    }

    /** From that position to each tap. */
    int[] offsets() {
        final int[] offsets = new int[rows.taps() * columns.taps()];
        Arrays.setAll(
                offsets,
                tap -> tap / columns.taps() * rows.dilation() * length
                        + tap % columns.taps() * columns.dilation() * width);
        return offsets;
    }

    /** Brings the lines that the outputs {@code [first, first + outputs)} see. */
    void read(
            final Elements<float[]> elements,
            final Tensor x,
            final long image,
            final int first,
            final int outputs,
            final float[] to,
            final Workspace workspace) {
        final int top = Patches.origin(rows, first);
        for (int i = 0; i < lines(outputs); i++) {
            final int row = top + i;
            final int begin = i * length;
            if (row < 0 || row >= rows.size()) {
                Arrays.fill(to, begin, begin + length, 0);
            } else {
                final int image0 = begin + left * width;
                final int imageEnd = image0 + columns.size() * width;
                readRow(elements, x, image, row, to, image0, workspace);
                Arrays.fill(to, begin, image0, 0);
                Arrays.fill(to, imageEnd, begin + length, 0);
            }
        }
    }

    private void readRow(
            final Elements<float[]> elements,
            final Tensor x,
            final long image,
            final long row,
            final float[] to,
            final int at,
            final Workspace workspace) {
        if (channels == width) {
            PoolImages.read(x, image, row, elements, to, at, workspace);
            return;
        }
        final float[] dense = workspace.floats(Scratch.STAGED, columns.size() * channels + Elements.SLACK);
        PoolImages.read(x, image, row, elements, dense, 0, workspace);
        for (int position = 0; position < columns.size(); position++) {
            spread(dense, position * channels, to, at + position * width);
        }
    }

    /** A position's channels, each as often as it has filters. */
    private void spread(final float[] from, final int fromAt, final float[] to, final int at) {
        if (multiplier == 1) {
            System.arraycopy(from, fromAt, to, at, channels);
            return;
        }
        for (int i = 0; i < channels * multiplier; i++) {
            to[at + i] = from[fromAt + i / multiplier];
        }
    }
}
