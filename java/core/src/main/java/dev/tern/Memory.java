package dev.tern;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Native memory of an engine. Opening and closing a shared arena costs some 160 µs, so small blocks come from slabs, in
 * a few sizes, and go back to them; a large block has an arena of its own and returns to the system.
 */
public final class Memory implements AutoCloseable {
    private static final long SLAB_BYTES = 1 << 20;
    private static final long LARGE_BYTES = SLAB_BYTES / 4;

    private final List<Arena> slabs = new ArrayList<>();
    private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
    private final Map<Long, Arena> large = new HashMap<>();
    private MemorySegment slab = MemorySegment.NULL;
    private long slabUsed;
    private long inUse;
    private boolean closed;

    Memory() {}

    /**
     * A block of at least {@code bytes}, aligned to 64; what it holds is left over. Any thread may use and release it.
     */
    public synchronized MemorySegment allocate(final long bytes) {
        Require.that(bytes >= 0, "bytes", bytes, "at least 0");
        if (closed) {
            throw new IllegalStateException("engine closed");
        }
        final MemorySegment block = bytes > LARGE_BYTES ? ofItsOwn(bytes) : fromSlab(blockBytes(bytes));
        inUse += block.byteSize();
        return block;
    }

    /** Gives back a block that {@link #allocate} returned, once. */
    public synchronized void release(final MemorySegment block) {
        if (closed) {
            return;
        }
        inUse -= block.byteSize();
        if (block.byteSize() > LARGE_BYTES) {
            large.remove(block.address()).close();
        } else {
            free.computeIfAbsent(block.byteSize(), c -> new ArrayDeque<>()).push(block);
        }
    }

    /** Bytes allocated and not released. */
    public synchronized long bytesInUse() {
        return inUse;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            slabs.forEach(Arena::close);
            large.values().forEach(Arena::close);
        }
    }

    private MemorySegment ofItsOwn(final long bytes) {
        final Arena arena = Arena.ofShared();
        final MemorySegment block = arena.allocate(bytes, HostStorage.ALIGNMENT);
        large.put(block.address(), arena);
        return block;
    }

    private MemorySegment fromSlab(final long size) {
        final Deque<MemorySegment> released = free.get(size);
        if (released != null && !released.isEmpty()) {
            return released.pop();
        }
        if (slab.byteSize() - slabUsed < size) {
            final Arena arena = Arena.ofShared();
            slabs.add(arena);
            slab = arena.allocate(SLAB_BYTES, HostStorage.ALIGNMENT);
            slabUsed = 0;
        }
        final MemorySegment block = slab.asSlice(slabUsed, size);
        slabUsed += size;
        return block;
    }

    /** The size of the blocks that so many bytes come in: four sizes to each power of two, at least a cache line. */
    private static long blockBytes(final long bytes) {
        final long least = Math.max(bytes, HostStorage.ALIGNMENT);
        final long step = Math.max(Long.highestOneBit(least) / 4, HostStorage.ALIGNMENT);
        return Math.ceilDiv(least, step) * step;
    }
}
