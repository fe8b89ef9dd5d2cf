package dev.tern;

import java.util.Set;

/** What a {@link Conv2d} and its tensors must keep to. */
final class Conv2dRules {
    private Conv2dRules() {}

    static void check(final Conv2d conv) {
        Require.that(conv.height() >= 0, "height", conv.height(), "at least 0");
        Require.that(conv.width() >= 0, "width", conv.width(), "at least 0");
        final Gemm product = conv.product();
        final boolean known = Set.of(DataType.F32, DataType.S8, DataType.B1).contains(product.bType());
        Require.that(known, "weights type", product.bType(), "F32, S8 or B1");
        final boolean mixed =
                product.scalesWeights() || (product.aType() == DataType.B1) != (product.bType() == DataType.B1);
        Require.that(
                !mixed, "types", product.aType() + ", " + product.bType(), "F32, S8|U8 with S8, or B1 on both sides");
        Require.that(
                !product.scalesRows() || product.aType() == DataType.B1,
                "scalePositions",
                "types " + product.typeWord(),
                "B1 on both sides");
        Require.that(
                conv.pass() == Conv2d.Pass.FORWARD || !product.clamps() && product.floatBias() == null,
                "epilogue",
                "bias or clamp with " + conv.pass(),
                "accumulate alone for gradients");
    }

    /**
     * Checks a run; b is null where weights are packed, unless it has the scales of the positions. Shapes are made only
     * to refuse: a run allocates nothing.
     */
    static void checkRun(final Conv2d conv, final Tensor a, final Tensor b, final Tensor y) {
        Require.notNull(a, "a");
        Require.that(a.shape().rank() == 4, "a shape", a.shape(), "four dimensions");
        final Conv2d.Pass pass = conv.pass();
        final long images = a.length(0);
        final long rows = images * Math.max(1, conv.positions());
        if (!(pass == Conv2d.Pass.BACKWARD_DATA ? isOutput(conv, a, images) : isInput(conv, a, images))) {
            conv.a(rows).require(a, "a");
        }
        final boolean fits = switch (pass) {
            case FORWARD -> isOutput(conv, y, images);
            case BACKWARD_DATA -> isInput(conv, y, images);
            case BACKWARD_WEIGHTS -> isWeights(conv, y);
        };
        if (!fits) {
            conv.y(rows).require(y, "y");
        }
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            if (!isB(conv, b, images)) {
                conv.b(rows).require(b, "b");
            }
            Tensors.requireApart(b, y, "b");
        }
    }

    private static boolean isB(final Conv2d conv, final Tensor b, final long images) {
        if (conv.product().scalesRows()) {
            Require.that(Require.notNull(b, "b").isDense(), "b", "with gaps", "scales without gaps");
            return is(b, DataType.F32, images, conv.outputHeight(), conv.outputWidth(), 1);
        }
        return conv.pass() == Conv2d.Pass.BACKWARD_WEIGHTS ? isOutput(conv, b, images) : isWeights(conv, b);
    }

    private static boolean isInput(final Conv2d conv, final Tensor tensor, final long images) {
        return is(tensor, conv.product().aType(), images, conv.height(), conv.width(), conv.channels());
    }

    private static boolean isOutput(final Conv2d conv, final Tensor tensor, final long images) {
        final DataType type = conv.product().yType();
        return is(tensor, type, images, conv.outputHeight(), conv.outputWidth(), conv.filters());
    }

    private static boolean isWeights(final Conv2d conv, final Tensor tensor) {
        final Window window = conv.window();
        final DataType type = conv.product().bType();
        return is(tensor, type, conv.filters(), window.kernelHeight(), window.kernelWidth(), conv.groupChannels());
    }

    private static boolean is(
            final Tensor tensor,
            final DataType type,
            final long outermost,
            final long height,
            final long width,
            final long innermost) {
        return tensor != null
                && tensor.type() == type
                && tensor.shape().rank() == 4
                && tensor.length(0) == outermost
                && tensor.length(1) == height
                && tensor.length(2) == width
                && tensor.length(3) == innermost;
    }
}
