package dev.tern.opencl;

import java.lang.foreign.MemorySegment;

/** Native memory lent by the engine, since a driver cannot copy to or from the Java heap. Counted as staged. */
final class HostBlock implements AutoCloseable {
    private final ClContext context;
    private final MemorySegment block;
    private final MemorySegment segment;

    HostBlock(final ClContext context, final long bytes) {
        this.context = context;
        block = context.hostMemory().allocate(bytes);
        segment = block.asSlice(0, bytes);
        context.transfers().countStaged(bytes);
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        context.hostMemory().release(block);
    }
}
