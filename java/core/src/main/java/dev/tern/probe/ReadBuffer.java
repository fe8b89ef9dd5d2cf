package dev.tern.probe;

import dev.tern.ffm.bindings.LibTern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory to read from: one chunk for each thread, first touched by it so that it lies on the thread's own node. Each
 * thread reads its region block by block and round and round.
 */
final class ReadBuffer {
    /** Large beside the cost of a call, small beside a repetition. */
    static final long BLOCK_BYTES = 1 << 20;

    private final MemorySegment[] chunks;
    private final long chunkBytes;

    private ReadBuffer(final MemorySegment[] chunks, final long chunkBytes) {
        this.chunks = chunks;
        this.chunkBytes = chunkBytes;
    }

    /** @param bytes of all chunks, at least a block for each thread */
    static ReadBuffer allocate(final Gang gang, final Arena arena, final long bytes) throws InterruptedException {
        final long chunkBytes = bytes / gang.threads() / BLOCK_BYTES * BLOCK_BYTES;
        final MemorySegment[] chunks = new MemorySegment[gang.threads()];
        gang.nanos((thread, count) -> chunks[thread] = arena.allocate(chunkBytes, LibTern.TERN_ALIGNMENT()), 1);
        return new ReadBuffer(chunks, chunkBytes);
    }

    long bytes() {
        return chunkBytes * chunks.length;
    }

    /** A share is a block; {@code regionBytes} of each thread is one block, or a multiple of full ones. */
    Gang.Share reading(final int threads, final long regionBytes) {
        final long[] cursors = new long[threads];
        return (thread, count) -> {
            final long from = (long) thread * chunks.length / threads * chunkBytes;
            cursors[thread] = read(from, cursors[thread], regionBytes, count);
        };
    }

    /** Where the next read goes on. */
    private long read(final long from, final long cursor, final long regionBytes, final long count) {
        final long block = Math.min(regionBytes, BLOCK_BYTES);
        long at = cursor;
        for (long i = 0; i < count; i++) {
            final long position = from + at;
            LibTern.tern_read(chunks[(int) (position / chunkBytes)].asSlice(position % chunkBytes), block);
            at = at + block == regionBytes ? 0 : at + block;
        }
        return at;
    }
}
