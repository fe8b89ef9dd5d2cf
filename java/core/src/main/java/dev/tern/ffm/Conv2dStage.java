package dev.tern.ffm;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_conv2d;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A convolution that the library runs at once: {@code struct tern_conv2d} and what it points to. */
final class Conv2dStage {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment struct = tern_conv2d.allocate(arena);
    private final PlanMemory product;
    private final Axis rows;
    private final Axis columns;
    private final boolean gradient;

    private Conv2dStage(
            final Conv2d conv, final Gemm gemm, final Axis rows, final Axis columns, final boolean gradient) {
        this.product = new PlanMemory(gemm);
        this.rows = rows;
        this.columns = columns;
        this.gradient = gradient;
        tern_conv2d.height(struct, rows.size());
        tern_conv2d.width(struct, columns.size());
        tern_conv2d.channels(struct, gradient ? conv.filters() : conv.channels());
        tern_conv2d.out_height(struct, rows.outputs());
        tern_conv2d.out_width(struct, columns.outputs());
        tern_conv2d.kernel_height(struct, rows.taps());
        tern_conv2d.kernel_width(struct, columns.taps());
        tern_conv2d.stride_height(struct, rows.stride());
        tern_conv2d.stride_width(struct, columns.stride());
        tern_conv2d.dilation_height(struct, rows.dilation());
        tern_conv2d.dilation_width(struct, columns.dilation());
        tern_conv2d.top(struct, rows.before());
        tern_conv2d.left(struct, columns.before());
        tern_conv2d.first_row(struct, rows.first());
        tern_conv2d.first_col(struct, columns.first());
        tern_conv2d.row_step(struct, rows.step());
        tern_conv2d.col_step(struct, columns.step());
        tern_conv2d.groups(struct, conv.groups());
        tern_conv2d.product(struct, product.struct());
        if (conv.product().aType() == DataType.B1) {
            tern_gemm.k(product.struct(), conv.window().taps() * SignTerms.bytes(conv) * Byte.SIZE);
        }
    }

    /** The convolution itself, which is also what its gradient by the weights is described by. */
    static Conv2dStage forward(final Conv2d conv) {
        return new Conv2dStage(conv, conv.product(), Axis.rows(conv), Axis.columns(conv), false);
    }

    /** The gradient by x: for each phase of the strides a convolution of dy of stride 1, by the taps that it sees. */
    static List<Conv2dStage> gradient(final Conv2d conv) {
        final List<Conv2dStage> stages = new ArrayList<>();
        for (final Axis rows : Axis.gradientRows(conv)) {
            for (final Axis columns : Axis.gradientColumns(conv)) {
                final int terms = rows.taps() * columns.taps() * (conv.filters() / conv.groups());
                final Gemm bare = Gemm.of(conv.channels(), terms).layout(Layout.NT);
                final Gemm gemm = conv.product().accumulates() ? bare.accumulate() : bare;
                stages.add(new Conv2dStage(conv, gemm, rows, columns, true));
            }
        }
        return stages;
    }

    MemorySegment struct() {
        return struct;
    }

    MemorySegment product() {
        return product.struct();
    }

    long packedBytes(final NativeKernel kernel) {
        return LibTern.tern_conv2d_packed_bytes(kernel.index(), struct);
    }

    /** Packs panels; weights are those of the whole operation, dense and without bits that do not count. */
    void pack(
            final Conv2d conv,
            final NativeKernel kernel,
            final MemorySegment weights,
            final MemorySegment packed,
            final long from,
            final long to) {
        if (!gradient) {
            LibTern.tern_conv2d_pack(kernel.index(), struct, weights, packed, from, to);
            return;
        }
        LibTern.tern_conv2d_pack_gradient(
                kernel.index(),
                struct,
                weights,
                conv.window().kernelHeight(),
                conv.window().kernelWidth(),
                rows.lastTap(),
                rows.tapStep(),
                columns.lastTap(),
                columns.tapStep(),
                packed,
                from,
                to);
    }

    /** Of the seeds of an integer kernel. */
    long seedBytes() {
        return LibTern.tern_conv2d_seed_rows(struct) * tern_gemm.n(product()) * Integer.BYTES;
    }
}
