package dev.tern.ffm;

import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory that grows to the largest size asked for, and whose contents are left over. */
final class Scratch {
    private MemorySegment memory = MemorySegment.NULL;

    MemorySegment atLeast(final long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(bytes, LibTern.TERN_ALIGNMENT());
        }
        return memory;
    }
}
