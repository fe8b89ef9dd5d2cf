package dev.tern.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.DataType;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ImageLayout;
import dev.tern.ObjectPool;
import dev.tern.RangeTask;
import dev.tern.Reorder;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/** Images reordered a line at a time: brought to an array as floats, transposed there, converted on their way out. */
final class VectorReorder implements Executable {
    private static final long FORK_ELEMENTS = 1 << 16;

    private final Reorder reorder;
    private final Execution execution;
    private final Elements<float[]> elements;
    private final boolean transposes;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);

    VectorReorder(final Reorder reorder, final Execution execution) {
        this.reorder = reorder;
        this.execution = execution;
        final boolean copies = reorder.fromType() == reorder.toType();
        this.elements = reorder.fromType() == DataType.F32
                ? Elements.FLOATS
                : new Elements.Centred(
                        reorder.fromType(), copies ? 0 : reorder.quantization().zeroPoint(0));
        this.transposes = reorder.from() != reorder.to();
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final Run run = runs.take();
        run.x = a;
        run.y = y;
        try {
            final long lines = a.length(0) * reorder.height();
            final boolean forks = reorder.operations(reorder.rows(a, y)) >= FORK_ELEMENTS;
            execution.parallel(run, lines, forks ? Math.ceilDiv(lines, execution.threads()) : lines);
        } finally {
            run.x = null;
            run.y = null;
            runs.give(run);
        }
    }

    /** The tensors of one run; kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private Tensor x;
        private Tensor y;

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            final int count = Math.multiplyExact(reorder.width(), reorder.channels());
            final float[] read = workspace.floats(Scratch.ROW_PANELS, count + Elements.SLACK);
            final float[] turned = transposes ? workspace.floats(Scratch.SUMS, count + Elements.SLACK) : read;
            for (long line = from; line < to; line++) {
                final long image = line / reorder.height();
                final long row = line % reorder.height();
                readLine(image, row, read, workspace);
                if (transposes) {
                    transpose(read, turned);
                }
                writeLine(image, row, turned, workspace);
            }
        }

        private void transpose(final float[] from, final float[] to) {
            final boolean planes = reorder.from() == ImageLayout.NCHW;
            final int rows = planes ? reorder.channels() : reorder.width();
            ReorderKernels.transpose(from, rows, planes ? reorder.width() : reorder.channels(), to);
        }

        private void readLine(final long image, final long row, final float[] to, final Workspace workspace) {
            final long at = first(x, reorder.from(), image, row);
            final long stride = stride(x, reorder.from());
            final int length = length(reorder.from());
            final int pieces = pieces(reorder.from());
            for (int i = 0; i < pieces; i++) {
                elements.read(x, at + i * stride, length, to, i * length, workspace);
            }
        }

        private void writeLine(final long image, final long row, final float[] from, final Workspace workspace) {
            final long at = first(y, reorder.to(), image, row);
            final long stride = stride(y, reorder.to());
            final int length = length(reorder.to());
            final int pieces = pieces(reorder.to());
            for (int i = 0; i < pieces; i++) {
                write(from, i * length, length, at + i * stride, workspace);
            }
        }

        /** Side by side, at a position of y that is a whole byte. */
        private void write(
                final float[] from, final int at, final int count, final long to, final Workspace workspace) {
            if (reorder.toType() == DataType.F32) {
                if (reorder.fromType() != DataType.F32) {
                    ReorderKernels.scale(from, at, count, reorder.quantization().scale(0));
                }
                MemorySegment.copy(from, at, y.segment(), JAVA_FLOAT_UNALIGNED, to * Float.BYTES, count);
                return;
            }
            final byte[] bytes = workspace.heapBytes(Scratch.BYTES_OUT, count + ReorderKernels.SLACK);
            convert(from, at, count, bytes);
            final DataType type = reorder.toType();
            MemorySegment.copy(bytes, 0, y.segment(), JAVA_BYTE, type.bytes(to), (int) type.bytes(count));
        }

        private void convert(final float[] from, final int at, final int count, final byte[] to) {
            if (reorder.toType() == DataType.B1) {
                ReorderKernels.signs(from, at, count, to);
            } else if (reorder.fromType() == DataType.F32) {
                ReorderKernels.quantize(from, at, count, reorder.quantization(), reorder.toType(), to);
            } else {
                ReorderKernels.narrow(from, at, count, to);
            }
        }
    }

    private static long first(final Tensor tensor, final ImageLayout layout, final long image, final long row) {
        return image * tensor.stride(0) + row * tensor.stride(layout.height());
    }

    /** From one piece of a line to the next: positions, or planes. */
    private static long stride(final Tensor tensor, final ImageLayout layout) {
        return tensor.stride(layout == ImageLayout.NHWC ? layout.width() : layout.channels());
    }

    private int pieces(final ImageLayout layout) {
        return layout == ImageLayout.NHWC ? reorder.width() : reorder.channels();
    }

    private int length(final ImageLayout layout) {
        return layout == ImageLayout.NHWC ? reorder.channels() : reorder.width();
    }
}
