package dev.tern.probe;

import java.util.Arrays;

/** How fast a gang does its work: the median of short repetitions, long enough for the clock. */
final class Rate {
    private static final int REPETITIONS = 9;
    private static final long REPETITION_NANOS = 2_000_000;
    private static final int CALIBRATIONS = 3;

    /** An idle machine takes about a second; a busy one must not make the probe run for long. */
    private static final long PATIENCE_NANOS = 6_000_000_000L;

    private final long deadline = System.nanoTime() + PATIENCE_NANOS;

    boolean isLate() {
        return System.nanoTime() > deadline;
    }

    /** Shares per nanosecond, of all threads together; 0 when it became too late to measure. */
    double perNano(final Gang gang, final Gang.Share share) throws InterruptedException {
        final long count = calibrate(gang, share);
        final double[] rates = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            if (isLate()) {
                return 0;
            }
            rates[i] = (double) count * gang.threads() / gang.nanos(share, count);
        }
        Arrays.sort(rates);
        return rates[REPETITIONS / 2];
    }

    /** The best of three, since a thread that lost its processor looks like a long share. */
    private long calibrate(final Gang gang, final Gang.Share share) throws InterruptedException {
        long count = 1;
        while (!isLate()) {
            long nanos = Long.MAX_VALUE;
            for (int i = 0; i < CALIBRATIONS; i++) {
                nanos = Math.min(nanos, gang.nanos(share, count));
            }
            if (nanos >= REPETITION_NANOS / 2) {
                return count;
            }
            count = Math.max(2 * count, Math.min(64 * count, count * REPETITION_NANOS / nanos));
        }
        return count;
    }
}
