package dev.tern.ffm;

/** How many tiles a thread takes at a time. */
final class Sharing {
    /** Sooner than this, the caller alone is done before another thread has begun. */
    private static final double PARALLEL_NANOS = 3_500;

    /** From here on, threads share the work in more ranges than they are: one core may be half as fast as another. */
    private static final double UNEVEN_NANOS = 20_000;

    private static final double LONG_NANOS = 1_000_000;

    /** From so many on they need not be as many for each thread; ranges of a batch are as many where it has them. */
    private static final long MATRICES_PER_THREAD = 4;

    private Sharing() {}

    /**
     * Tiles in each range: all of them where the work is small.
     *
     * @param alone what one thread may take for all of them
     */
    static long chunk(final long tiles, final double alone, final int threads, final boolean integer) {
        return alone < PARALLEL_NANOS ? tiles : Math.ceilDiv(tiles, (long) threads * rangesPerThread(alone, integer));
    }

    /** Where each range begins with what others do as well, one for each thread. */
    static long chunk(final long tiles, final double alone, final int threads) {
        return alone < PARALLEL_NANOS ? tiles : Math.ceilDiv(tiles, (long) threads);
    }

    /**
     * Tiles in each range of a batch: whole matrices; or, where one thread would then have more of them than another,
     * as much as of a single one.
     */
    static long chunk(
            final long matrices, final long tiles, final double alone, final int threads, final boolean integer) {
        if (alone < PARALLEL_NANOS) {
            return tiles;
        }
        final boolean even = matrices % threads == 0 || matrices >= MATRICES_PER_THREAD * threads;
        return matrices > 1 && even
                ? tiles / matrices * Math.ceilDiv(matrices, MATRICES_PER_THREAD * threads)
                : chunk(tiles / matrices, alone / matrices, threads, integer);
    }

    /** In f32, ranges of less than some 100 µs cost more than an even finish brings. */
    private static int rangesPerThread(final double alone, final boolean integer) {
        return alone >= LONG_NANOS ? 4 : integer && alone >= UNEVEN_NANOS ? 2 : 1;
    }
}
