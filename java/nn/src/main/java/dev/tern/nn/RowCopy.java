package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/** Copies tensors of floats of three dimensions row by row, whose rows have no gaps, on the engine's threads. */
final class RowCopy implements RangeTask {
    private static final int BYTES_PER_RANGE = 1 << 16;

    private final Engine engine;
    private Tensor from;
    private Tensor to;

    RowCopy(final Engine engine) {
        this.engine = engine;
    }

    /** Of one shape. */
    void copy(final Tensor source, final Tensor target) {
        from = source;
        to = target;
        final long planeBytes = source.length(1) * rowBytes();
        engine.parallel(this, source.length(0), Math.max(1, BYTES_PER_RANGE / Math.max(1, planeBytes)));
    }

    private long rowBytes() {
        return from.length(2) * Float.BYTES;
    }

    @Override
    public void run(final long first, final long end, final Workspace workspace) {
        final MemorySegment source = from.segment();
        final MemorySegment target = to.segment();
        for (long i = first; i < end; i++) {
            for (long j = 0; j < from.length(1); j++) {
                final long read = (i * from.stride(0) + j * from.stride(1)) * Float.BYTES;
                final long written = (i * to.stride(0) + j * to.stride(1)) * Float.BYTES;
                MemorySegment.copy(source, read, target, written, rowBytes());
            }
        }
    }
}
