package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Isa;

/**
 * What a kernel takes for a convolution where nothing was measured: a GEMM kernel its product, and the gathering of
 * patches; a depthwise kernel its taps.
 */
final class Conv2dCost {
    private static final double GATHERED_BYTES_PER_NANO = 40;
    private static final int PANEL = 16;

    private final CostModel product;
    private final double gatherNanos;

    Conv2dCost(final NativeKernel kernel, final Conv2d conv) {
        final Gemm gemm = conv.product();
        product = kernel.isDepthwise() ? CostModel.depthwise(kernel, gemm) : CostModel.of(kernel, whole(kernel, conv));
        final double bytes = (double) conv.groups() * gemm.k() * gemm.aType().bits() / Byte.SIZE;
        gatherNanos = kernel.isDepthwise() || conv.window().isPointwise() ? 0 : bytes / GATHERED_BYTES_PER_NANO;
    }

    /** The filters of each group fill whole panels, its terms whole steps. */
    private static Gemm whole(final NativeKernel kernel, final Conv2d conv) {
        final Gemm gemm = conv.product();
        final int panel = kernel.isa() == Isa.SCALAR ? 1 : PANEL;
        final int step = kernel.isa() == Isa.AMXINT8 ? 64 : 1;
        final int n = conv.groups() * Math.ceilDiv(gemm.n() / conv.groups(), panel) * panel;
        final int k = Math.ceilDiv(gemm.k(), step) * step;
        final Gemm bare = Gemm.of(n, k).layout(gemm.layout());
        return gemm.isQuantized() ? bare.types(gemm.aType(), gemm.bType(), DataType.S32) : bare;
    }

    /** One run on one thread. */
    double alone(final long rows) {
        return product.alone(rows) + rows * gatherNanos;
    }

    /** One run on so many threads. */
    double nanos(final long rows, final int threads) {
        return product.nanos(rows, threads) + rows * gatherNanos / threads;
    }
}
