package dev.tern.ffm;

import java.lang.foreign.MemorySegment;

/**
 * Addresses at equal steps from a first one, as the library takes them. Kept from run to run, which mostly have the
 * same, so that a warm run allocates nothing; they keep nobody's memory alive.
 */
final class Steps {
    private MemorySegment[] addresses = {};
    private long first;
    private long step;

    void begin(final MemorySegment from, final long bytes, final int count) {
        if (addresses.length >= count && first == from.address() && step == bytes) {
            return;
        }
        first = from.address();
        step = bytes;
        addresses = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = MemorySegment.ofAddress(first + i * step);
        }
    }

    MemorySegment at(final int index) {
        return addresses[index];
    }
}
