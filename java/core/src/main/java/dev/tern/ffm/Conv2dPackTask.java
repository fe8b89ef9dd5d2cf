package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Workspace;
import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.MemorySegment;

/** Brings the weights of a convolution into the layout of a kernel; the workers share the panels. */
final class Conv2dPackTask implements RangeTask {
    /** Below this many bytes, one thread packs sooner than two. */
    private static final long PARALLEL_BYTES = 256 * 1024;

    private NativeKernel kernel;
    private Conv2d conv;
    private Conv2dStage stage;
    private MemorySegment weights;
    private MemorySegment packed;

    /** @param from dense, without signs that do not count */
    void pack(
            final NativeKernel to,
            final Conv2d operation,
            final Conv2dStage part,
            final MemorySegment from,
            final MemorySegment target,
            final Execution execution) {
        kernel = to;
        conv = operation;
        stage = part;
        weights = from;
        packed = target;
        final long panels = LibTern.tern_conv2d_panels(to.index(), part.struct());
        final boolean small = part.packedBytes(to) < PARALLEL_BYTES;
        execution.parallel(this, panels, small ? panels : Math.ceilDiv(panels, execution.threads()));
        weights = null;
        packed = null;
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        stage.pack(conv, kernel, weights, packed, from, to);
    }
}
