package dev.tern.bench;

import java.util.Arrays;

/** Times a call for a while. Calls too short for the clock are timed in batches of a fixed size. */
final class Stopwatch {

    /** Long against the clock's resolution of some 25 ns and against an interrupt. */
    private static final double BATCH_NANOS = 100_000;
    /** From here on a call is a batch of its own. */
    private static final double SHORT_NANOS = 20_000;

    /** Cold caches do not make such a call of a short one. */
    private static final double LONG_NANOS = 1_000_000;

    private static final int MAX_BATCHES = 1 << 14;

    private static final long WARM_WINDOW_NANOS = 20_000_000;
    private static final int MIN_WARM_WINDOWS = 3;
    private static final double SETTLED = 0.02;

    private final double[] batches = new double[MAX_BATCHES];

    /** Median and fastest batch, both per call, and how many calls were timed. */
    record Window(double median, double min, long runs) {}

    /** For so many windows, or until two agree: the compiler is done and the caches are as they will be. */
    void warm(final Runnable call, final int windows) {
        final long end = System.nanoTime() + windows * WARM_WINDOW_NANOS;
        double last = Double.POSITIVE_INFINITY;
        for (int i = 0; i < windows && (i < MIN_WARM_WINDOWS || System.nanoTime() < end); i++) {
            final double now = time(call, WARM_WINDOW_NANOS).median();
            if (i >= MIN_WARM_WINDOWS && Math.abs(now / last - 1) < SETTLED) {
                return;
            }
            last = now;
        }
    }

    /** The calls that find the batch size are not counted: others have used the caches meanwhile. */
    Window time(final Runnable call, final long nanos) {
        final long start = System.nanoTime();
        final int size = batchSize(call);
        int count = 0;
        long now = System.nanoTime();
        do {
            final long begin = now;
            for (int i = 0; i < size; i++) {
                call.run();
            }
            now = System.nanoTime();
            batches[count++] = (double) (now - begin) / size;
        } while (now - start < nanos && count < MAX_BATCHES);
        Arrays.sort(batches, 0, count);
        return new Window(median(batches, count), batches[0], (long) count * size);
    }

    /** How many calls are long enough to time. The first one finds cold caches, so a shorter call is tried again. */
    private static int batchSize(final Runnable call) {
        if (once(call) >= LONG_NANOS || once(call) >= SHORT_NANOS) {
            return 1;
        }
        return (int) Math.ceil(BATCH_NANOS / Math.max(1, once(call)));
    }

    private static long once(final Runnable call) {
        final long begin = System.nanoTime();
        call.run();
        return System.nanoTime() - begin;
    }

    /** Of the first {@code count} values, which are in order. */
    static double median(final double[] sorted, final int count) {
        final int middle = count / 2;
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
