package dev.tern.vector;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution as products of patches, read from the images as they are packed: one for each group, and for the
 * gradient by data one for each phase of the strides, so that nothing is multiplied by a zero.
 */
final class VectorConv2d implements Executable {
    private final List<Executable> stages;

    private VectorConv2d(final List<Executable> stages) {
        this.stages = stages;
    }

    static Executable compile(final Conv2d conv, final PackedWeights weights, final Execution execution) {
        return switch (conv.pass()) {
            case FORWARD -> new VectorConv2d(forward(conv, weights, execution));
            case BACKWARD_DATA -> new VectorConv2d(gradient(conv, weights, execution));
            case BACKWARD_WEIGHTS ->
                conv.isDepthwise() ? new DepthwiseGradient(conv, execution) : new WeightGradient(conv, execution);
        };
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        for (int i = 0; i < stages.size(); i++) {
            stages.get(i).run(a, b, y);
        }
    }

    /** A product of so many rows for each image. */
    private static Executable stage(final BlockedGemm gemm, final long positions) {
        return (a, b, y) -> gemm.run(a, b, y, y.length(0) * positions);
    }

    private static List<Executable> forward(final Conv2d conv, final PackedWeights weights, final Execution execution) {
        final Axis rows = Axis.rows(conv);
        final Axis columns = Axis.columns(conv);
        if (Depthwise.takes(conv)) {
            return List.of(Depthwise.compile(conv, rows, columns, weights, execution));
        }
        final List<Executable> stages = new ArrayList<>();
        for (int group = 0; group < conv.groups(); group++) {
            final int filters = conv.filters() / conv.groups();
            final int first = group * filters;
            final Gemm product = conv.product().columns(first, first + filters);
            final Operands operands = forward(conv, group, rows, columns);
            stages.add(stage(BlockedGemm.compile(product, operands, weights, execution), conv.positions()));
        }
        return stages;
    }

    private static Operands forward(final Conv2d conv, final int group, final Axis rows, final Axis columns) {
        final boolean signs = conv.product().aType() == DataType.B1;
        final int unit = signs ? Integer.SIZE : 1;
        final int first = group * (conv.filters() / conv.groups());
        return new Operands(
                " group " + group,
                Patches.of(rows, columns, conv.groupChannels(), unit, group * conv.groupChannels()),
                Patches.filters(conv, unit, first),
                Places.outputs(rows, columns, first),
                conv.window().taps());
    }

    private static List<Executable> gradient(
            final Conv2d conv, final PackedWeights weights, final Execution execution) {
        final List<Executable> stages = new ArrayList<>();
        for (final Axis rows : Axis.gradientRows(conv)) {
            for (final Axis columns : Axis.gradientColumns(conv)) {
                if (Depthwise.takes(conv)) {
                    stages.add(Depthwise.compile(conv, rows, columns, weights, execution));
                } else {
                    addGroups(conv, rows, columns, weights, execution, stages);
                }
            }
        }
        return stages;
    }

    private static void addGroups(
            final Conv2d conv,
            final Axis rows,
            final Axis columns,
            final PackedWeights weights,
            final Execution execution,
            final List<Executable> stages) {
        for (int group = 0; group < conv.groups(); group++) {
            final Operands operands = gradient(conv, group, rows, columns);
            final Gemm product = gradientProduct(conv, rows, columns);
            final BlockedGemm gemm = FloatGemm.compile(product, operands, weights, execution);
            stages.add(stage(gemm, (long) rows.outputs() * columns.outputs()));
        }
    }

    /** The channels of one group, from the filters of the taps that a phase sees. */
    private static Gemm gradientProduct(final Conv2d conv, final Axis rows, final Axis columns) {
        final int terms = rows.taps() * columns.taps() * (conv.filters() / conv.groups());
        final Gemm bare = Gemm.of(conv.groupChannels(), terms).layout(Layout.NN);
        return conv.product().accumulates() ? bare.accumulate() : bare;
    }

    private static Operands gradient(final Conv2d conv, final int group, final Axis rows, final Axis columns) {
        final int filters = conv.filters() / conv.groups();
        final int first = group * filters;
        return new Operands(
                " gradient " + group + " " + rows.first() + " " + columns.first(),
                Patches.of(rows, columns, filters, 1, first),
                Places.filterTaps(rows, columns, first, filters),
                Places.outputs(rows, columns, group * conv.groupChannels()),
                1);
    }
}
