package dev.tern.distributed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Floats on their way through a plain array that fits the first-level cache, since the compiler makes vector code of
 * loops over arrays that share one index.
 */
final class FloatBlock {
    /** What one scale of {@link QuantizedSum} covers. */
    static final int LENGTH = 256;

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final float[] values = new float[LENGTH];
    private int length;

    float[] values() {
        return values;
    }

    int length() {
        return length;
    }

    /** At most {@code left} of them. */
    void load(final MemorySegment from, final long first, final long left) {
        length = (int) Math.min(LENGTH, left);
        MemorySegment.copy(from, F32, first * Float.BYTES, values, 0, length);
    }

    void set(final byte[] integers, final int count) {
        length = count;
        for (int i = 0; i < length; i++) {
            values[i] = integers[i];
        }
    }

    void store(final MemorySegment to, final long first) {
        MemorySegment.copy(values, 0, to, F32, first * Float.BYTES, length);
    }

    void scale(final float factor) {
        for (int i = 0; i < length; i++) {
            values[i] *= factor;
        }
    }

    /** Adds {@code other}, times a factor. */
    void add(final FloatBlock other, final float factor) {
        for (int i = 0; i < length; i++) {
            values[i] += other.values[i] * factor;
        }
    }

    /** NaN if any is NaN. */
    float largestMagnitude() {
        float largest = 0;
        for (int i = 0; i < length; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }
}
