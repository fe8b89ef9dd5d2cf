package dev.tern.nn;

/** How many forward passes a network has made, and what is drawn at random in each: a function of seed and count. */
final class NetworkClock {
    private final long seed;
    private long passes;

    NetworkClock(final long seed) {
        this.seed = seed;
    }

    long passes() {
        return passes;
    }

    /** As if so many passes had been made. */
    void set(final long count) {
        passes = count;
    }

    void tick() {
        passes++;
    }

    /** A number that is as good as random, another for each seed, pass and salt: SplitMix64 (Steele et al. 2014). */
    int key(final int salt) {
        long z = seed + 0x9e3779b97f4a7c15L * (passes * 1021 + salt + 1);
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return (int) (z ^ z >>> 31);
    }
}
