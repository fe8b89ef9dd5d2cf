package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.ObjectPool;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The gradient of a convolution by its weights: for each group the product of dy, transposed, and the patches of x,
 * summed over all positions of all images. A unit of work is some filters times some of their terms; its sums stay in
 * scratch while the positions pass in pieces.
 */
final class WeightGradient implements Executable {
    private static final int MOST_FILTERS = 256; // of a unit: with as many columns, 256 KB of sums
    private static final int MOST_PANELS = 256 / COLUMNS;
    private static final int PIECE = FloatGemm.DEPTH; // positions

    private final Conv2d conv;
    private final Execution execution;
    private final int groupFilters;
    private final int terms;
    private final int filterBlock;
    private final int panelGroup;
    private final Group[] groups;
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);

    /** What packs the operands of a group. */
    private record Group(RowPanels filters, ColumnPanels patches) {}

    WeightGradient(final Conv2d conv, final Execution execution) {
        this.conv = conv;
        this.execution = execution;
        this.groupFilters = conv.filters() / conv.groups();
        this.terms = conv.product().k();
        this.filterBlock = Math.min(groupFilters, MOST_FILTERS);
        this.panelGroup = panelsOfUnit();
        this.groups = new Group[conv.groups()];
        Arrays.setAll(groups, this::group);
    }

    /** As many as leave each thread a unit. */
    private int panelsOfUnit() {
        final int panels = Math.ceilDiv(terms, COLUMNS);
        final long others = (long) conv.groups() * Math.ceilDiv(groupFilters, filterBlock);
        final long shares = Math.max(1, Math.ceilDiv(execution.threads(), others));
        return Math.clamp(Math.ceilDiv(panels, shares), 1, MOST_PANELS);
    }

    private Group group(final int group) {
        final Gemm gemm = Gemm.of(terms, PIECE).layout(Layout.TN);
        final Lines filters = Places.outputs(
                Axis.identity(conv.outputHeight()), Axis.identity(conv.outputWidth()), group * groupFilters);
        final Lines patches =
                Patches.of(Axis.rows(conv), Axis.columns(conv), conv.groupChannels(), 1, group * conv.groupChannels());
        final Operands operands = new Operands("", filters, patches, Places.ROWS, 1);
        return new Group(new RowPanels(gemm, filters), new ColumnPanels(gemm, operands));
    }

    @Override
    public void run(final Tensor x, final Tensor dy, final Tensor dw) {
        final Run run = runs.take();
        run.x = x;
        run.dy = dy;
        run.dw = dw;
        try {
            execution.parallel(run, (long) conv.groups() * unitsOfGroup(), 1);
        } finally {
            run.x = null;
            run.dy = null;
            run.dw = null;
            runs.give(run);
        }
    }

    private int unitsOfGroup() {
        return Math.ceilDiv(groupFilters, filterBlock) * panelGroups();
    }

    private int panelGroups() {
        return Math.ceilDiv(Math.ceilDiv(terms, COLUMNS), panelGroup);
    }

    /** The tensors of one run. */
    private final class Run implements RangeTask {
        private Tensor x;
        private Tensor dy;
        private Tensor dw;

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            for (long unit = from; unit < to; unit++) {
                final int group = (int) (unit / unitsOfGroup());
                final int within = (int) (unit % unitsOfGroup());
                final int filter = within / panelGroups() * filterBlock;
                final int panel = within % panelGroups() * panelGroup;
                compute(group, filter, panel, workspace);
            }
        }

        private void compute(final int group, final int filter, final int panel, final Workspace workspace) {
            final int filters = Math.min(filterBlock, groupFilters - filter);
            final int panels = Math.min(panelGroup, Math.ceilDiv(terms, COLUMNS) - panel);
            final int stride = panels * COLUMNS;
            final int size = RowPanels.padded(filters) * stride;
            final float[] sums = workspace.floats(Scratch.SUMS, size);
            Arrays.fill(sums, 0, size, 0);
            final int positions = Math.toIntExact(x.length(0) * conv.positions());
            for (int from = 0; from < positions; from += PIECE) {
                final int depth = Math.min(PIECE, positions - from);
                groups[group].filters.packTerms(dy, from, depth, filter, filters, workspace);
                final float[] patches = workspace.floats(Scratch.PANEL, panels * PIECE * COLUMNS);
                groups[group].patches.packTerms(x, from, depth, panel, panel + panels, panel, patches, workspace);
                multiply(filters, panels, depth, sums, workspace);
            }
            for (int r = 0; r < filters; r++) {
                store(group * groupFilters + filter + r, panel * COLUMNS, sums, r * stride, stride);
            }
        }

        private void multiply(
                final int filters, final int panels, final int depth, final float[] sums, final Workspace workspace) {
            final float[] a = workspace.floats(Scratch.ROW_PANELS, 0);
            final float[] b = workspace.floats(Scratch.PANEL, 0);
            final int stride = panels * COLUMNS;
            for (int p = 0; p < panels; p++) {
                for (int r = 0; r < filters; r += RowPanels.tileRows(filters - r)) {
                    final int rows = RowPanels.tileRows(filters - r);
                    final int at = r * stride + p * COLUMNS;
                    FloatTiles.multiply(
                            rows, a, r * depth, b, p * depth * COLUMNS, depth, sums, at, stride, sums, at, stride);
                }
            }
        }

        /** Stores the terms of a filter from {@code first} on; those of a tap lie side by side in dw. */
        private void store(final int filter, final int first, final float[] sums, final int at, final int count) {
            final int channels = conv.groupChannels();
            final int kernelWidth = conv.window().kernelWidth();
            final int end = Math.min(terms, first + count);
            for (int term = first; term < end; ) {
                final int tap = term / channels;
                final int next = Math.min(end, (tap + 1) * channels);
                final long to = filter * dw.stride(0)
                        + tap / kernelWidth * dw.stride(1)
                        + tap % kernelWidth * dw.stride(2)
                        + term % channels;
                storeTap(sums, at + term - first, next - term, to * Float.BYTES);
                term = next;
            }
        }

        private void storeTap(final float[] sums, final int at, final int count, final long to) {
            final MemorySegment segment = dw.segment();
            if (conv.product().accumulates()) {
                for (int i = 0; i < count; i++) {
                    sums[at + i] += segment.get(JAVA_FLOAT_UNALIGNED, to + (long) i * Float.BYTES);
                }
            }
            MemorySegment.copy(sums, at, segment, JAVA_FLOAT_UNALIGNED, to, count);
        }
    }
}
