package dev.tern.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Assigns values to buffers so that values alive at the same time never share one. Greedy in order of birth: the free
 * buffer that has to grow least, else a new one.
 */
final class BufferPlan {
    /** A value that is written at step {@code born} and read for the last time at step {@code dies}. */
    record Interval(int born, int dies, long bytes) {}

    private final int[] buffers;
    private final List<Long> sizes = new ArrayList<>();

    /** {@code intervals} come in order of birth. */
    BufferPlan(final List<Interval> intervals) {
        buffers = new int[intervals.size()];
        final List<Integer> busyUntil = new ArrayList<>();
        for (int i = 0; i < buffers.length; i++) {
            final Interval value = intervals.get(i);
            buffers[i] = bestFree(value, busyUntil);
            if (buffers[i] == sizes.size()) {
                sizes.add(0L);
                busyUntil.add(0);
            }
            sizes.set(buffers[i], Math.max(sizes.get(buffers[i]), value.bytes()));
            busyUntil.set(buffers[i], value.dies());
        }
    }

    private int bestFree(final Interval value, final List<Integer> busyUntil) {
        int best = sizes.size();
        long leastGrowth = Long.MAX_VALUE;
        for (int buffer = 0; buffer < sizes.size(); buffer++) {
            final long growth = Math.max(0, value.bytes() - sizes.get(buffer));
            // A step reads its inputs while it writes its output, so a buffer is free only after its last reader.
            if (busyUntil.get(buffer) < value.born() && growth < leastGrowth) {
                best = buffer;
                leastGrowth = growth;
            }
        }
        return best;
    }

    int buffer(final int value) {
        return buffers[value];
    }

    int count() {
        return sizes.size();
    }

    long bytes(final int buffer) {
        return sizes.get(buffer);
    }
}
