package dev.tern.bench;

/**
 * What a step of data-parallel training takes on so many ranks: its computation, the bytes that a rank sends, and the
 * rounds of messages in which it does. An all-reduce by recursive halving and doubling sends as little as is possible,
 * in the fewest rounds that allow it (Thakur, Rabenseifner, Gropp 2005).
 *
 * <pre>
 * step = compute + bytes / bandwidth + rounds * latency
 * bytes = 2 (N - 1) / N * gradient        rounds = 2 ceil(log2 N)
 * </pre>
 *
 * No part of the exchange is taken to overlap with the computation, so this is what a step takes at most.
 *
 * @param bandwidth in bytes per second, of one rank's connection, one way
 * @param latency in seconds, of a message without contents
 */
record StepModel(double bandwidth, double latency) {

    /** From the times, in seconds, of all-reduces of little and of much. */
    static StepModel fit(
            final int ranks, final long fewBytes, final double fewTime, final long manyBytes, final double manyTime) {
        final double bandwidth = (sent(ranks, manyBytes) - sent(ranks, fewBytes)) / (manyTime - fewTime);
        return new StepModel(bandwidth, Math.max(0, fewTime - sent(ranks, fewBytes) / bandwidth) / rounds(ranks));
    }

    /** Bytes that a rank sends, of a vector of so many. */
    static double sent(final int ranks, final long bytes) {
        return 2.0 * (ranks - 1) / ranks * bytes;
    }

    static int rounds(final int ranks) {
        return 2 * (Integer.SIZE - Integer.numberOfLeadingZeros(ranks - 1));
    }

    /** Of one all-reduce, in seconds. */
    double exchange(final int ranks, final double bytes) {
        return sent(ranks, (long) bytes) / bandwidth + rounds(ranks) * latency;
    }

    /** The share of N times one rank's throughput that N ranks reach. */
    double efficiency(final int ranks, final double computeSeconds, final double bytes) {
        return computeSeconds / (computeSeconds + exchange(ranks, bytes));
    }
}
