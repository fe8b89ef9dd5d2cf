package dev.tern.compress;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How often which values occurred, in memory that does not grow: equal bins over {@code [-limit, limit)}. A value
 * beyond doubles the limit, and bins merge in pairs.
 */
final class Histogram {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int HALF = 4096;

    private final long[] bins = new long[2 * HALF];
    private double limit;
    private float min = Float.POSITIVE_INFINITY;
    private float max = Float.NEGATIVE_INFINITY;
    private long count;

    /** Counts all floats of a dense tensor's memory. */
    void addAll(final MemorySegment values) {
        for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
            add(values.get(F32, at));
        }
    }

    void add(final float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException("calibration met the value " + value);
        }
        min = Math.min(min, value);
        max = Math.max(max, value);
        count++;
        makeRoomFor(Math.abs((double) value));
        bins[bin(value)]++;
    }

    private void makeRoomFor(final double magnitude) {
        if (limit == 0 && magnitude > 0) {
            limit = 2 * magnitude;
        }
        while (magnitude > 0 && magnitude >= limit) {
            mergePairs();
            limit *= 2;
        }
    }

    /** Bins fall towards the middle; those of one sign stay on their side of it. */
    private void mergePairs() {
        for (int i = 0; i < HALF; i++) {
            final int pair = 2 * i;
            final boolean inside = pair < HALF;
            bins[HALF + i] = inside ? bins[HALF + pair] + bins[HALF + pair + 1] : 0;
            bins[HALF - 1 - i] = inside ? bins[HALF - 1 - pair] + bins[HALF - 2 - pair] : 0;
        }
    }

    private int bin(final float value) {
        if (value == 0) {
            return HALF;
        }
        final int bin = HALF + (int) Math.floor(value / limit * HALF);
        return Math.clamp(bin, 0, bins.length - 1);
    }

    int binCount() {
        return bins.length;
    }

    long inBin(final int bin) {
        return bins[bin];
    }

    /** The middle of a bin. */
    double centre(final int bin) {
        return (bin - HALF + 0.5) * limit / HALF;
    }

    long count() {
        return count;
    }

    /** The least value that occurred. */
    float min() {
        return min;
    }

    float max() {
        return max;
    }

    /** The value below which a share of all lie, to the width of a bin, within min and max. */
    float percentile(final double share) {
        final double wanted = share * count;
        long below = 0;
        for (int bin = 0; bin < bins.length; bin++) {
            below += bins[bin];
            if (below >= wanted) {
                final double upper = (bin - HALF + 1) * limit / HALF;
                return (float) Math.clamp(upper, min, max);
            }
        }
        return max;
    }
}
