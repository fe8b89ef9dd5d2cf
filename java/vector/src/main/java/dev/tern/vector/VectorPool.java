package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ObjectPool;
import dev.tern.Pool2d;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * A pooling: rows of the image that one row of the output sees come to arrays, where {@link PoolKernels} pool them. Of
 * a gradient, threads take rows of dx.
 */
final class VectorPool implements Executable {
    /** Below this many taps, one thread is done before another has begun. */
    private static final long PARALLEL_TAPS = 64 * 1024;

    private final Pool2d pool;
    private final Window window;
    private final int channels;
    private final boolean forward;
    private final boolean max;
    private final Elements<float[]> elements;
    private final byte flip;
    private final Execution execution;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);

    VectorPool(final Pool2d pool, final Execution execution) {
        this.pool = pool;
        this.execution = execution;
        window = pool.window();
        channels = pool.channels();
        forward = pool.pass() == Pool2d.Pass.FORWARD;
        max = pool.mode() == Pool2d.Mode.MAX;
        elements = pool.type().isByte()
                ? new Elements.Centred(pool.type(), pool.quantization().zeroPoint(0))
                : Elements.FLOATS;
        flip = (byte) (pool.type() == DataType.U8 ? 0x80 : 0);
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final Run run = runs.take();
        try {
            run.execute(a, b, y);
        } finally {
            run.forget();
            runs.give(run);
        }
    }

    /** The tensors of one run; kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private final ObjectPool<Place> places = new ObjectPool<>(Place::new);
        private Tensor x;
        private Tensor dy;
        private Tensor y;

        void execute(final Tensor a, final Tensor b, final Tensor result) {
            x = a;
            dy = max ? b : a;
            y = result;
            final long rows = y.length(0) * y.length(1);
            final boolean alone = pool.operations(pool.rows(a, y)) < PARALLEL_TAPS;
            execution.parallel(this, rows, alone ? rows : Math.ceilDiv(rows, execution.threads()));
        }

        void forget() {
            x = null;
            dy = null;
            y = null;
        }

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            final Place place = places.take();
            place.workspace = workspace;
            final long height = y.length(1);
            for (long row = from; row < to; ) {
                place.image = row / height;
                final long end = Math.min(to, (place.image + 1) * height);
                if (forward) {
                    place.forward(this, (int) (row % height), (int) (end - place.image * height));
                } else {
                    place.backward(this, (int) (row % height), (int) (end - place.image * height));
                }
                row = end;
            }
            place.workspace = null;
            places.give(place);
        }
    }

    /** Where one thread is. */
    private final class Place {
        private final PoolKernels.Window taps = new PoolKernels.Window();
        private final PoolKernels.Window target = new PoolKernels.Window();
        private Workspace workspace;
        private long image;
        private int firstRow; // of the window, perhaps outside the image
        private int rowBegin; // of its taps inside
        private int rowEnd;

        /** Rows of y. */
        void forward(final Run run, final int from, final int to) {
            for (int row = from; row < to; row++) {
                moveTo(row);
                if (max && pool.type().isByte()) {
                    maxOfBytes(run, row);
                } else {
                    floats(run, row);
                }
            }
        }

        private void moveTo(final int outputRow) {
            firstRow = outputRow * window.strideHeight() - window.top();
            rowBegin = PoolTaps.begin(firstRow, window.dilationHeight());
            rowEnd = PoolTaps.end(firstRow, window.dilationHeight(), window.kernelHeight(), pool.height());
            taps.rows = rowEnd - rowBegin;
            taps.rowPitch = pool.width() * channels;
            taps.colPitch = window.dilationWidth() * channels;
        }

        private void moveToColumn(final int outputColumn) {
            final int first = outputColumn * window.strideWidth() - window.left();
            final int begin = PoolTaps.begin(first, window.dilationWidth());
            taps.cols = PoolTaps.end(first, window.dilationWidth(), window.kernelWidth(), pool.width()) - begin;
            taps.at = (first + begin * window.dilationWidth()) * channels;
        }

        private int rowOfTap(final int tap) {
            return firstRow + tap * window.dilationHeight();
        }

        /** At most so many rows of the image are in a window. */
        private int tapRows() {
            return Math.min(window.kernelHeight(), pool.height());
        }

        private float count() {
            return pool.countsPadding() ? window.taps() : taps.rows * taps.cols;
        }

        private float[] readWindow(final Tensor x) {
            final int pitch = pool.width() * channels;
            final float[] rows =
                    workspace.floats(Scratch.ROW_PANELS, tapRows() * pitch + PoolKernels.SLACK + Elements.SLACK);
            for (int tap = rowBegin; tap < rowEnd; tap++) {
                PoolImages.read(x, image, rowOfTap(tap), elements, rows, (tap - rowBegin) * pitch, workspace);
            }
            return rows;
        }

        private void maxOfBytes(final Run run, final int outputRow) {
            final int pitch = pool.width() * channels;
            final byte[] x = workspace.heapBytes(Scratch.BYTE_ROWS, tapRows() * pitch + PoolKernels.SLACK);
            final byte[] y = workspace.heapBytes(Scratch.BYTES_OUT, pool.outputWidth() * channels + PoolKernels.SLACK);
            for (int tap = rowBegin; tap < rowEnd; tap++) {
                PoolImages.read(run.x, image, rowOfTap(tap), x, (tap - rowBegin) * pitch);
            }
            for (int column = 0; column < pool.outputWidth(); column++) {
                moveToColumn(column);
                PoolKernels.max(x, taps, channels, flip, y, column * channels);
            }
            PoolImages.write(y, 0, run.y, image, outputRow);
        }

        private void floats(final Run run, final int outputRow) {
            final float[] x = readWindow(run.x);
            final int length = pool.outputWidth() * channels + PoolKernels.SLACK;
            if (pool.type().isByte()) {
                averages(run, outputRow, x, workspace.heapBytes(Scratch.BYTES_OUT, length));
                return;
            }
            final float[] y = workspace.floats(Scratch.SUMS, length);
            for (int column = 0; column < pool.outputWidth(); column++) {
                moveToColumn(column);
                if (max) {
                    PoolKernels.max(x, taps, channels, y, column * channels);
                } else {
                    PoolKernels.average(x, taps, channels, count(), y, column * channels);
                }
            }
            PoolImages.write(y, 0, run.y, image, outputRow);
        }

        private void averages(final Run run, final int outputRow, final float[] x, final byte[] y) {
            final float zeroPoint = pool.quantization().zeroPoint(0);
            for (int column = 0; column < pool.outputWidth(); column++) {
                moveToColumn(column);
                PoolKernels.average(x, taps, channels, count(), zeroPoint, y, column * channels);
            }
            PoolImages.write(y, 0, run.y, image, outputRow);
        }

        /** Rows of dx: the sums of all windows that reach them. */
        void backward(final Run run, final int from, final int to) {
            final int pitch = pool.width() * channels;
            final float[] dx = workspace.floats(Scratch.SUMS, (to - from) * pitch + PoolKernels.SLACK);
            Arrays.fill(dx, 0, (to - from) * pitch, 0);
            final int reach = (window.kernelHeight() - 1) * window.dilationHeight() + 1;
            final int first = Math.max(0, Math.ceilDiv(from + window.top() - reach + 1, window.strideHeight()));
            final int last = Math.min(pool.outputHeight(), Math.ceilDiv(to + window.top(), window.strideHeight()));
            for (int row = first; row < last; row++) {
                moveTo(row);
                addRow(run, row, from, to, dx);
            }
            for (int row = from; row < to; row++) {
                PoolImages.write(dx, (row - from) * pitch, run.y, image, row);
            }
        }

        private void addRow(final Run run, final int outputRow, final int from, final int to, final float[] dx) {
            final float[] x = max ? readWindow(run.x) : null;
            final float[] dy = workspace.floats(
                    Scratch.STAGED, pool.outputWidth() * channels + PoolKernels.SLACK + Elements.SLACK);
            PoolImages.read(run.dy, image, outputRow, elements, dy, 0, workspace);
            final int added = PoolTaps.begin(firstRow - from, window.dilationHeight());
            final int end = PoolTaps.end(firstRow, window.dilationHeight(), window.kernelHeight(), to);
            target.rows = end - added;
            target.rowPitch = window.dilationHeight() * taps.rowPitch;
            target.colPitch = taps.colPitch;
            for (int column = 0; column < pool.outputWidth(); column++) {
                moveToColumn(column);
                target.cols = taps.cols;
                target.at = (rowOfTap(added) - from) * taps.rowPitch + taps.at;
                if (max) {
                    PoolKernels.maxBackward(x, taps, channels, dy, column * channels, target, added - rowBegin, dx);
                } else {
                    PoolKernels.averageBackward(channels, 1 / count(), dy, column * channels, target, dx);
                }
            }
        }
    }
}
