package dev.tern.probe;

import dev.tern.probe.ProbeReport.Cache;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How much to read again and again, so that it comes from one level of memory. */
final class ReadLevels {
    private static final long LEAST_MEMORY_BYTES = 256L << 20;

    private final List<Cache> caches;
    private final long lastBytes;

    ReadLevels(final List<Cache> caches) {
        this.caches = caches;
        lastBytes = cache(3).or(() -> cache(2))
                .map(cache -> cache.bytes() * cache.instances())
                .orElse(0L);
    }

    /**
     * Enough to get past the caches: several times what they hold, so that little of it is still there the next time.
     */
    long memoryBytes() {
        return Math.max(LEAST_MEMORY_BYTES, 4 * lastBytes);
    }

    /**
     * Bytes for each thread, by level.
     *
     * @param available bytes to read from, of all threads together; without twice the caches there is no "memory"
     */
    Map<String, Long> bytesPerThread(final int threads, final long available) {
        final Map<String, Long> levels = new LinkedHashMap<>();
        final long most = available / threads;
        cache(1).ifPresent(one -> levels.put("L1", blocks(one.bytes() * 3 / 4, most)));
        cache(2).ifPresent(two -> levels.put("L2", blocks(two.bytes() / 2, most)));
        cache(3).ifPresent(three -> levels.put("L3", blocks(clearOfNeighbours(three, threads), most)));
        if (available >= 2 * lastBytes) {
            levels.put("memory", blocks(most, most));
        }
        return levels;
    }

    /** The geometric mean of a thread's L2 and its share of L3: well above the one, well below the other. */
    private long clearOfNeighbours(final Cache three, final int threads) {
        final long inner = cache(2).map(Cache::bytes).orElse(1L << 18);
        final double share = (double) three.bytes() / Math.min(threads, three.sharedBy());
        return (long) Math.sqrt(inner * share);
    }

    private static long blocks(final long bytes, final long most) {
        final long fitting = Math.min(bytes, most);
        return fitting < ReadBuffer.BLOCK_BYTES ? fitting : fitting / ReadBuffer.BLOCK_BYTES * ReadBuffer.BLOCK_BYTES;
    }

    private Optional<Cache> cache(final int level) {
        return caches.stream()
                .filter(cache -> cache.level() == level && !cache.type().equals("instruction"))
                .findFirst();
    }
}
