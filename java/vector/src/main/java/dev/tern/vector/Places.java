package dev.tern.vector;

import dev.tern.Axis;
import dev.tern.Tensor;
import dev.tern.Workspace;

/** Lines whose elements lie side by side. */
@FunctionalInterface
interface Places extends Lines {
    /** The rows of a matrix. */
    Places ROWS = (tensor, line) -> line * tensor.stride(0);

    /** Bits of a line that are its row in a matrix of a batch; the index of the matrix is above. */
    int ROW_BITS = 32;

    /** The rows of the matrices of a batch, or of one that serves for all. */
    Places ROWS_OF_BATCH = (tensor, line) -> {
        final long row = line & (1L << ROW_BITS) - 1;
        return tensor.shape().rank() == 2
                ? row * tensor.stride(0)
                : (line >> ROW_BITS) * tensor.stride(0) + row * tensor.stride(1);
    };

    /** The same with the rows counted through all matrices. */
    Places ROWS_OF_ALL = (tensor, line) -> {
        if (tensor.shape().rank() == 2) {
            return line % tensor.length(0) * tensor.stride(0);
        }
        final long rows = tensor.length(1);
        return line / rows * tensor.stride(0) + line % rows * tensor.stride(1);
    };

    /** The element that a line begins at. */
    long at(Tensor tensor, long line);

    @Override
    default <T> void read(
            final Elements<T> elements,
            final Tensor from,
            final long line,
            final int first,
            final int count,
            final T to,
            final int at,
            final Workspace workspace) {
        elements.read(from, at(from, line) + first, count, to, at, workspace);
    }

    /** The outputs of images, of which each line is the channels from {@code channel} on. */
    static Places outputs(final Axis rows, final Axis columns, final int channel) {
        final int width = columns.outputs();
        final int height = rows.outputs();
        return (tensor, line) -> {
            final int across = (int) line / width; // positions of a run fit an int, as those of an array do
            final int row = rows.first() + across % height * rows.step();
            final int column = columns.first() + (int) line % width * columns.step();
            return across / height * tensor.stride(0) + row * tensor.stride(1) + column * tensor.stride(2) + channel;
        };
    }

    /** The channels that a tap of a filter has; lines are counted through the filters of each tap that an axis sees. */
    static Places filterTaps(final Axis rows, final Axis columns, final int firstFilter, final int filters) {
        final int taps = columns.taps();
        return (tensor, line) -> {
            final int tap = (int) line / filters;
            final long filter = firstFilter + line % filters;
            return filter * tensor.stride(0)
                    + rows.tap(tap / taps) * tensor.stride(1)
                    + columns.tap(tap % taps) * tensor.stride(2);
        };
    }
}
