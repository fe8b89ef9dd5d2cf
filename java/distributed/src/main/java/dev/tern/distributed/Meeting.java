package dev.tern.distributed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One operation of all ranks of a process. Each brings its memory; once all are there, whoever waits for the result
 * takes units of the work, so that all threads work where all wait. What a unit computes does not depend on who does
 * it: sums are formed in the order of ranks.
 */
final class Meeting {
    /** Floats summed at once: what fits the first-level cache. */
    static final int BLOCK = 4096;

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    enum Kind {
        ALL_REDUCE,
        BROADCAST,
        ALL_GATHER,
        ALL_TO_ALL,
        BARRIER
    }

    /** What one rank brings. */
    record Part(Kind kind, int root, MemorySegment sent, MemorySegment received) {
        private boolean fits(final Part other) {
            return kind == other.kind && root == other.root && sent.byteSize() == other.sent.byteSize();
        }

        @Override
        public String toString() {
            return "%s of %d bytes%s".formatted(kind, sent.byteSize(), kind == Kind.BROADCAST ? " from " + root : "");
        }
    }

    private final Part[] parts;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private int present;

    Meeting(final int size) {
        parts = new Part[size];
    }

    /** Under the group's lock. */
    void join(final int rank, final Part part) {
        for (int other = 0; other < parts.length; other++) {
            if (parts[other] != null && !part.fits(parts[other])) {
                throw new CommunicatorException(
                        "rank %d starts %s where rank %d started %s".formatted(rank, part, other, parts[other]));
            }
        }
        parts[rank] = part;
        present++;
    }

    /** Under the group's lock. */
    boolean isComplete() {
        return present == parts.length;
    }

    boolean isDone() {
        return done.get() == units();
    }

    private int units() {
        return switch (parts[0].kind()) {
            case ALL_REDUCE -> Math.toIntExact(Math.ceilDiv(parts[0].sent().byteSize(), (long) BLOCK * Float.BYTES));
            case BARRIER -> 0;
            case BROADCAST, ALL_GATHER, ALL_TO_ALL -> parts.length;
        };
    }

    /** Takes units until there are none; {@code sums} and {@code terms} are scratch. True if it did the last of all. */
    boolean work(final float[] sums, final float[] terms) {
        final int units = units();
        boolean last = false;
        for (int unit = taken.getAndIncrement(); unit < units; unit = taken.getAndIncrement()) {
            if (parts[0].kind() == Kind.ALL_REDUCE) {
                sum(unit, sums, terms);
            } else {
                deliver(unit);
            }
            last = done.incrementAndGet() == units;
        }
        return last;
    }

    private void sum(final int unit, final float[] sums, final float[] terms) {
        final long from = (long) unit * BLOCK * Float.BYTES;
        final int length = (int) Math.min(BLOCK, (parts[0].sent().byteSize() - from) / Float.BYTES);
        MemorySegment.copy(parts[0].sent(), F32, from, sums, 0, length);
        for (int rank = 1; rank < parts.length; rank++) {
            MemorySegment.copy(parts[rank].sent(), F32, from, terms, 0, length);
            add(sums, terms, length);
        }
        for (final Part part : parts) {
            MemorySegment.copy(sums, 0, part.sent(), F32, from, length);
        }
    }

    private static void add(final float[] sums, final float[] terms, final int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += terms[i];
        }
    }

    /** All that one rank receives. */
    private void deliver(final int receiver) {
        final Part to = parts[receiver];
        switch (to.kind()) {
            case BROADCAST -> {
                if (receiver != to.root()) {
                    to.sent().copyFrom(parts[to.root()].sent());
                }
            }
            case ALL_GATHER -> {
                final long bytes = to.sent().byteSize();
                for (int sender = 0; sender < parts.length; sender++) {
                    to.received().asSlice(sender * bytes, bytes).copyFrom(parts[sender].sent());
                }
            }
            case ALL_TO_ALL -> {
                final long bytes = to.sent().byteSize() / parts.length;
                for (int sender = 0; sender < parts.length; sender++) {
                    final MemorySegment part = parts[sender].sent().asSlice(receiver * bytes, bytes);
                    to.received().asSlice(sender * bytes, bytes).copyFrom(part);
                }
            }
            case ALL_REDUCE, BARRIER -> throw new AssertionError(to);
        }
    }
}
