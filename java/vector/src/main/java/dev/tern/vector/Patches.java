package dev.tern.vector;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.Tensor;
import dev.tern.Workspace;

/**
 * What each output position of images sees of some of their channels, read where it lies: a line is
 *
 * <pre>
 * [tap of rows][tap of columns][cell]       a tap outside of the image is cleared
 * </pre>
 *
 * <p>A cell is an element, or for signs a word of them.
 *
 * @param channels of one tap
 * @param unit elements of a cell
 * @param firstImage that line 0 is of
 * @param firstChannel that cell 0 begins at
 */
record Patches(Axis rows, Axis columns, int channels, int unit, int firstImage, int firstChannel) implements Lines {
    /** Those of all images. */
    static Patches of(final Axis rows, final Axis columns, final int channels, final int unit, final int firstChannel) {
        return new Patches(rows, columns, channels, unit, 0, firstChannel);
    }

    /** Filters from one on, each as the image that its only position sees whole. */
    static Patches filters(final Conv2d conv, final int unit, final int first) {
        final Axis rows = Axis.single(conv.window().kernelHeight());
        final Axis columns = Axis.single(conv.window().kernelWidth());
        return new Patches(rows, columns, conv.groupChannels(), unit, first, 0);
    }

    /** Of one tap; the last of signs may not be full. */
    int cells() {
        return unit == 1 ? channels : SignWords.count(channels);
    }

    @Override
    public <T> void read(
            final Elements<T> elements,
            final Tensor from,
            final long line,
            final int first,
            final int count,
            final T to,
            final int at,
            final Workspace workspace) {
        final int across = (int) line / columns.outputs();
        final int image = firstImage + across / rows.outputs();
        final int row = origin(rows, across % rows.outputs());
        final int column = origin(columns, (int) line % columns.outputs());
        final int width = columns.taps() * cells();
        for (int read = 0; read < count; ) {
            final int tap = (first + read) / width;
            final int begin = (first + read) % width;
            final int end = Math.min(width, begin + count - read);
            final int ih = row + tap * rows.dilation();
            if (ih < 0 || ih >= rows.size()) {
                elements.clear(to, at + read, end - begin);
            } else {
                final long lineAt = image * from.stride(0) + ih * from.stride(1) + firstChannel;
                readRow(elements, from, lineAt, column, begin, end, to, at + read, workspace);
            }
            read += end - begin;
        }
    }

    /** The input under the first tap of an output. */
    static int origin(final Axis axis, final int output) {
        return output * axis.stride() - axis.before();
    }

    /** The cells {@code [begin, end)} of a row of taps. */
    private <T> void readRow(
            final Elements<T> elements,
            final Tensor from,
            final long lineAt,
            final int column,
            final int begin,
            final int end,
            final T to,
            final int at,
            final Workspace workspace) {
        final int cells = cells();
        final boolean full = cells * unit == channels && from.stride(2) == channels;
        if (full && columns.dilation() == 1) {
            final int left = Math.clamp(-(long) column * cells, begin, end);
            final int right = Math.clamp((columns.size() - (long) column) * cells, left, end);
            elements.clear(to, at, left - begin);
            if (left < right) {
                final long first = lineAt + column * from.stride(2) + (long) left * unit;
                elements.read(from, first, right - left, to, at + left - begin, workspace);
            }
            elements.clear(to, at + right - begin, end - right);
            return;
        }
        for (int cell = begin; cell < end; ) {
            final int tap = cell / cells;
            final int next = Math.min(end, (tap + 1) * cells);
            final int iw = column + tap * columns.dilation();
            if (iw < 0 || iw >= columns.size()) {
                elements.clear(to, at + cell - begin, next - cell);
            } else {
                final long first = lineAt + iw * from.stride(2) + (long) (cell - tap * cells) * unit;
                elements.read(from, first, next - cell, to, at + cell - begin, workspace);
            }
            cell = next;
        }
    }
}
