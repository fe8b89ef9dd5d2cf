package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ObjectPool;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * The gradient of a depthwise convolution by its weights: each tap the sum over all outputs of dy times what the tap
 * sees, vectorised over channels. A unit of work is a row of taps, whose sums stay in scratch while all lines pass.
 */
final class DepthwiseGradient implements Executable {
    private final Conv2d conv;
    private final Axis rows;
    private final int width; // floats of a position: the columns of whole panels
    private final DepthwiseLines[] seen; // by each row of taps, one line for a line of outputs
    private final DepthwiseLines outputs;
    private final int[] offsets;
    private final Execution execution;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);

    DepthwiseGradient(final Conv2d conv, final Execution execution) {
        this.conv = conv;
        this.rows = Axis.rows(conv);
        this.width = Math.ceilDiv(conv.filters(), COLUMNS) * COLUMNS;
        this.seen = new DepthwiseLines[rows.taps()];
        Arrays.setAll(seen, this::lines);
        final Axis outputRows = Axis.identity(conv.outputHeight());
        final Axis outputColumns = Axis.identity(conv.outputWidth());
        this.outputs = new DepthwiseLines(outputRows, outputColumns, conv.filters(), 1, width);
        this.offsets = seen[0].offsets();
        this.execution = execution;
    }

    private DepthwiseLines lines(final int tap) {
        final int multiplier = conv.filters() / conv.channels();
        return new DepthwiseLines(rows.onlyTap(tap), Axis.columns(conv), conv.channels(), multiplier, width);
    }

    @Override
    public void run(final Tensor x, final Tensor dy, final Tensor dw) {
        final Run run = runs.take();
        run.x = x;
        run.dy = dy;
        run.dw = dw;
        try {
            execution.parallel(run, rows.taps(), 1);
        } finally {
            run.x = null;
            run.dy = null;
            run.dw = null;
            runs.give(run);
        }
    }

    /** The tensors of one run; kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private Tensor x;
        private Tensor dy;
        private Tensor dw;

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            for (int tap = (int) from; tap < to; tap++) {
                final float[] sums = workspace.floats(Scratch.SUMS, offsets.length * width);
                Arrays.fill(sums, 0, offsets.length * width, 0);
                for (long image = 0; image < x.length(0); image++) {
                    for (int row = 0; row < rows.outputs(); row++) {
                        addLine(image, row, tap, sums, workspace);
                    }
                }
                store(tap, sums);
            }
        }

        private void addLine(
                final long image, final int row, final int tap, final float[] sums, final Workspace workspace) {
            final int ih = Patches.origin(rows, row) + tap * rows.dilation();
            if (ih < 0 || ih >= rows.size()) {
                return;
            }
            final DepthwiseLines lines = seen[tap];
            final float[] line = workspace.floats(Scratch.ROW_PANELS, lines.floats(1));
            final float[] output = workspace.floats(Scratch.PANEL, outputs.floats(1));
            lines.read(Elements.FLOATS, x, image, row, 1, line, workspace);
            outputs.read(Elements.FLOATS, dy, image, row, 1, output, workspace);
            DepthwiseTiles.gradient(line, lines.at(0), lines.step(), offsets, output, width, conv.outputWidth(), sums);
        }

        private void store(final int tap, final float[] sums) {
            for (int j = 0; j < offsets.length; j++) {
                for (int o = 0; o < conv.filters(); o++) {
                    final long at = (o * dw.stride(0) + tap * dw.stride(1) + j * dw.stride(2)) * Float.BYTES;
                    final float before =
                            conv.product().accumulates() ? dw.segment().get(JAVA_FLOAT_UNALIGNED, at) : 0;
                    dw.segment().set(JAVA_FLOAT_UNALIGNED, at, before + sums[j * width + o]);
                }
            }
        }
    }
}
