package dev.tern;

/** What a {@link Conv2d} and its tensors must keep to. */
final class Conv2dRules {
    private Conv2dRules() {}

    static void check(final Conv2d conv) {
        Require.that(conv.height() >= 0, "height", conv.height(), "at least 0");
        Require.that(conv.width() >= 0, "width", conv.width(), "at least 0");
        final Gemm product = conv.product();
        final boolean narrow = product.bType() == DataType.S4 || product.bType() == DataType.S2;
        Require.that(!narrow, "weights type", product.bType(), "F32, S8 or B1");
        final boolean mixed =
                product.scalesWeights() || (product.aType() == DataType.B1) != (product.bType() == DataType.B1);
        Require.that(
                !mixed, "types", product.aType() + ", " + product.bType(), "F32, S8|U8 with S8, or B1 on both sides");
        Require.that(
                conv.pass() == Conv2d.Pass.FORWARD || !product.clamps() && product.floatBias() == null,
                "epilogue",
                "bias or clamp with " + conv.pass(),
                "accumulate alone for gradients");
    }

    /** Checks a run; b is null where weights are packed. */
    static void checkRun(final Conv2d conv, final Tensor a, final Tensor b, final Tensor y) {
        Require.notNull(a, "a");
        Require.that(a.shape().rank() == 4, "a shape", a.shape(), "four dimensions");
        final long rows = a.length(0) * Math.max(1, conv.positions());
        conv.a(rows).require(a, "a");
        conv.y(rows).require(y, "y");
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            conv.b(rows).require(b, "b");
            Tensors.requireApart(b, y, "b");
        }
    }
}
