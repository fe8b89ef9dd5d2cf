package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_conv2d;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.MemorySegment;

/** One run of a {@link NativeConv2d}: its arguments, and the scratch that they may need. Pooled. */
final class Conv2dCall implements RangeTask {
    private final Operand a = new Operand();
    private final Operand b = new Operand(); // or the scales of positions
    private final Operand y = new Operand();
    private final Conv2dPackTask packing = new Conv2dPackTask();
    private final Scratch workspace = new Scratch();
    private final Scratch panels = new Scratch();
    private final Scratch signs = new Scratch();
    private final Scratch seeds = new Scratch();
    private final Scratch seededProduct = new Scratch();
    private final Scratch seededConv = new Scratch();

    private NativeConv2d conv;
    private int kernel;
    private long images;
    private Conv2dStage stage;
    private MemorySegment struct;
    private MemorySegment packed;
    private MemorySegment scales;
    private long workspaceBytes;
    private long tiles;
    private WeightSlices slices;

    void run(final NativeConv2d native2d, final Tensor aTensor, final Tensor bTensor, final Tensor yTensor) {
        conv = native2d;
        kernel = conv.kernel().index();
        images = aTensor.length(0);
        final Execution execution = conv.execution();
        final boolean accumulates = conv.operation().product().accumulates();
        a.take(aTensor, true, execution);
        takeDense(y, conv.isGradientOfWeights(), yTensor, accumulates, execution);
        try {
            if (bTensor != null) {
                takeDense(b, !conv.isGradientOfWeights(), bTensor, true, execution);
            }
            scales = conv.operation().product().scalesRows() ? b.memory() : MemorySegment.NULL;
            if (conv.isGradientOfWeights()) {
                sumWeights(conv.operation().rows(aTensor, yTensor));
            } else {
                convolve(conv.operation().rows(aTensor, yTensor));
            }
            y.flush(execution);
        } finally {
            release();
        }
    }

    /** The library takes weights, and their gradient, without gaps. */
    private static void takeDense(
            final Operand operand,
            final boolean areWeights,
            final Tensor tensor,
            final boolean ifRead,
            final Execution execution) {
        if (areWeights) {
            operand.takeDense(tensor, ifRead, execution);
        } else {
            operand.take(tensor, ifRead, execution);
        }
    }

    private void begin(final Conv2dStage next) {
        stage = next;
        struct = next.struct();
        workspaceBytes = conv.isGradientOfWeights()
                ? LibTern.tern_conv2d_weights_workspace_bytes(struct)
                : LibTern.tern_conv2d_workspace_bytes(kernel, struct);
    }

    private void sumWeights(final long rows) {
        begin(conv.stages().getFirst());
        tiles = LibTern.tern_conv2d_weights_tiles(struct);
        slices = conv.slices().take();
        final int count = slices.count(conv.operation(), images);
        if (count == 1) {
            share(tiles, conv.chunkOfWeights(rows, tiles));
        } else {
            slices.begin(conv.operation(), a, b, y.memory());
            share(count, conv.chunk(rows, count));
            slices.end();
        }
        conv.slices().give(slices);
    }

    private void convolve(final long rows) {
        final MemorySegment weights = conv.isPacked() ? null : SignTerms.cleaned(conv.operation(), b.memory(), signs);
        for (int i = 0; i < conv.stages().size(); i++) {
            begin(conv.stages().get(i));
            if (conv.isPacked()) {
                packed = conv.packed(i);
            } else {
                pack(weights);
            }
            tiles = LibTern.tern_conv2d_tiles(kernel, struct, images);
            share(tiles, conv.chunk(rows, tiles));
        }
    }

    /** Small work stays here: it would be done before another thread has begun. */
    private void share(final long parts, final long chunk) {
        if (chunk < parts) {
            conv.execution().parallel(this, parts, chunk);
        } else {
            run(0, parts, workspace.atLeast(workspaceBytes));
        }
    }

    @Override
    public void run(final long from, final long to, final Workspace workersOwn) {
        run(from, to, workersOwn.bytes(0, workspaceBytes));
    }

    private void run(final long from, final long to, final MemorySegment scratch) {
        if (!conv.isGradientOfWeights()) {
            runStage(from, to, scratch);
        } else if (slices.count() == 1) {
            runWeights(images, a.memory(), b.memory(), y.memory(), from, to, scratch);
        } else {
            for (int i = (int) from; i < to; i++) {
                runWeights(slices.images(i), slices.x(i), slices.dy(i), slices.dw(i), 0, tiles, scratch);
            }
        }
    }

    private void runStage(final long from, final long to, final MemorySegment scratch) {
        LibTern.tern_conv2d_run(
                kernel,
                struct,
                packed,
                images,
                a.memory(),
                a.stride(0),
                a.stride(1),
                a.stride(2),
                scales,
                y.memory(),
                y.stride(0),
                y.stride(1),
                y.stride(2),
                from,
                to,
                scratch);
    }

    private void runWeights(
            final long count,
            final MemorySegment x,
            final MemorySegment dy,
            final MemorySegment dw,
            final long from,
            final long to,
            final MemorySegment scratch) {
        LibTern.tern_conv2d_weights_run(
                kernel,
                struct,
                count,
                x,
                a.stride(0),
                a.stride(1),
                a.stride(2),
                dy,
                b.stride(0),
                b.stride(1),
                b.stride(2),
                dw,
                from,
                to,
                scratch);
    }

    private void pack(final MemorySegment weights) {
        packed = panels.atLeast(stage.packedBytes(conv.kernel()));
        packing.pack(conv.kernel(), conv.operation(), stage, weights, packed, conv.execution());
        if (conv.kernel().integer()) {
            seed(weights);
        }
    }

    /** Seeds follow from the weights, so those of a run are in copies of the plan's structs. */
    private void seed(final MemorySegment weights) {
        final MemorySegment values = seeds.atLeast(stage.seedBytes());
        final MemorySegment product = seededProduct.atLeast(tern_gemm.sizeof());
        struct = seededConv.atLeast(tern_conv2d.sizeof());
        MemorySegment.copy(stage.product(), 0, product, 0, tern_gemm.sizeof());
        MemorySegment.copy(stage.struct(), 0, struct, 0, tern_conv2d.sizeof());
        LibTern.tern_conv2d_seeds(kernel, struct, weights, packed, values);
        tern_gemm.seeds(product, values);
        tern_conv2d.product(struct, product);
    }

    private void release() {
        a.release();
        b.release();
        y.release();
        scales = null;
        slices = null;
        conv = null;
        stage = null;
    }
}
