package dev.tern;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The chunks of one job at a time, shared out to threads in order. Each thread claims those of its own share first, so
 * that in job after job it works on the same part of the data, which its own caches hold; who is done takes from the
 * others.
 *
 * <p>The ticket of a share holds {@code job number << 32 | chunks not yet claimed}. A chunk is claimed by counting
 * down, so a late thread finds 0, or another job's number, and gets nothing. Chunks and shares change only while all
 * counts are 0, and who has a claim holds its job up: it may read both.
 */
final class ChunkShares {
    static final int NONE = -1;

    private static final long REMAINING = 0xffff_ffffL;
    private static final int APART = 16; // longs from ticket to ticket, which share no line of the caches, nor a pair

    private final int threads;
    private final AtomicLongArray tickets;
    private volatile long job;
    private int chunks;
    private int shares;

    ChunkShares(final int threads) {
        this.threads = threads;
        tickets = new AtomicLongArray(threads * APART);
    }

    /** The number of the last job. Who reads a new one finds its chunks. */
    long job() {
        return job;
    }

    /** Begins a job; all chunks of the one before are done. */
    void begin(final int count) {
        final long next = job + 1;
        chunks = count;
        shares = Math.min(threads, count);
        for (int share = 0; share < shares; share++) {
            tickets.set(share * APART, next << 32 | first(share + 1) - first(share));
        }
        job = next;
    }

    private int first(final int share) {
        return (int) ((long) chunks * share / shares);
    }

    /** A chunk for that thread, or {@link #NONE}. */
    int claim(final int thread) {
        for (int i = 0; i < shares; i++) {
            final int chunk = claimFrom((thread + i) % shares);
            if (chunk != NONE) {
                return chunk;
            }
        }
        return NONE;
    }

    private int claimFrom(final int share) {
        long seen = tickets.get(share * APART);
        while ((seen & REMAINING) != 0) {
            if (tickets.compareAndSet(share * APART, seen, seen - 1)) {
                return first(share + 1) - (int) (seen & REMAINING);
            }
            seen = tickets.get(share * APART);
        }
        return NONE;
    }
}
