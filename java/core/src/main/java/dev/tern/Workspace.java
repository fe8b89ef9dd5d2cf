package dev.tern;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Scratch of one thread during one task. Grows to the largest size asked for and keeps it; contents are left over. */
public final class Workspace {
    private static final int SLOTS = 4;

    private final MemorySegment[] bytes = new MemorySegment[SLOTS];
    private final float[][] floats = new float[SLOTS][];
    private final int[][] ints = new int[SLOTS][];
    private final byte[][] heapBytes = new byte[SLOTS][];

    Workspace() {}

    /** Native memory of at least {@code size} bytes, aligned to 64. Slots 0 to 3 hold different memory. */
    public MemorySegment bytes(final int slot, final long size) {
        MemorySegment held = bytes[slot];
        if (held == null || held.byteSize() < size) {
            held = Arena.ofAuto().allocate(roomy(size), HostStorage.ALIGNMENT);
            bytes[slot] = held;
        }
        return held;
    }

    /** At least {@code size} floats. */
    public float[] floats(final int slot, final int size) {
        float[] held = floats[slot];
        if (held == null || held.length < size) {
            held = new float[size];
            floats[slot] = held;
        }
        return held;
    }

    /** At least {@code size} ints. */
    public int[] ints(final int slot, final int size) {
        int[] held = ints[slot];
        if (held == null || held.length < size) {
            held = new int[size];
            ints[slot] = held;
        }
        return held;
    }

    /** At least {@code size} bytes on the heap. */
    public byte[] heapBytes(final int slot, final int size) {
        byte[] held = heapBytes[slot];
        if (held == null || held.length < size) {
            held = new byte[size];
            heapBytes[slot] = held;
        }
        return held;
    }

    private static long roomy(final long size) {
        return Math.max(4096, Math.ceilDiv(size, HostStorage.ALIGNMENT) * HostStorage.ALIGNMENT);
    }
}
