package dev.tern;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Host memory: a native or a heap segment. */
public final class HostStorage implements Storage {
    /** A cache line, and the widest vector. */
    static final long ALIGNMENT = 64;

    private final MemorySegment segment;

    private HostStorage(final MemorySegment segment) {
        this.segment = segment;
    }

    /** Zeroed native memory, aligned to 64 bytes, freed by the garbage collector. */
    public static HostStorage allocate(final long bytes) {
        Require.that(bytes >= 0, "bytes", bytes, "at least 0");
        return new HostStorage(
                Arena.ofAuto().allocate(Math.max(bytes, 1), ALIGNMENT).asSlice(0, bytes));
    }

    /** The caller's memory, not copied. The caller keeps it alive, and of a confined arena keeps to its thread. */
    public static HostStorage wrap(final MemorySegment segment) {
        return new HostStorage(Require.notNull(segment, "segment"));
    }

    public MemorySegment segment() {
        return segment;
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public void read(final long offset, final MemorySegment target) {
        MemorySegment.copy(segment, offset, target, 0, target.byteSize());
    }

    @Override
    public void write(final long offset, final MemorySegment source) {
        MemorySegment.copy(source, 0, segment, offset, source.byteSize());
    }

    /** Has no effect: the memory belongs to the garbage collector or to whoever made the segment. */
    @Override
    public void close() {}
}
