package dev.tern.bench;

import dev.tern.ffm.NativeLibrary;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_peak;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The process that measures what the machine can do: loops of one bare instruction, and reading memory.
 *
 * <pre>
 *   list                  -> the instructions that run here
 *   peak NAME NANOS       -> Gop/s, all threads together, the best of a few tries of so long
 *   read NANOS            -> GB/s, all threads together, from a buffer that no cache holds
 *   near NANOS BYTES      -> GB/s of reading so many bytes again and again, all threads together
 * </pre>
 */
final class PeakWorker implements CommandLoop.Handler {

    private static final long FIRST_ITERATIONS = 1 << 12;
    private static final int PEAK_TRIES = 3;

    /** For all threads together; several times what the largest L2 caches hold. */
    private static final long BUFFER_BYTES = 512L << 20;

    private final int threads;
    private final ExecutorService executor;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> buffers = new ArrayList<>();

    /** Work of one thread; the number that it did. */
    private interface Share {
        void run(int thread, long count);
    }

    private PeakWorker(final int threads) {
        if (!NativeLibrary.get().isLoaded()) {
            throw new IllegalStateException(NativeLibrary.get().reason());
        }
        this.threads = threads;
        this.executor = Executors.newFixedThreadPool(threads);
        for (int i = 0; i < threads; i++) {
            buffers.add(arena.allocate(BUFFER_BYTES / threads, 64).fill((byte) 1));
        }
    }

    /** Number of threads. */
    public static void main(final String[] arguments) throws IOException {
        CommandLoop.serve(() -> new PeakWorker(Integer.parseInt(arguments[0])));
    }

    @Override
    public String obey(final String... words) {
        return switch (words[0]) {
            case "list" -> String.join(" ", names());
            case "peak" -> peak(words[1], Long.parseLong(words[2]));
            case "read" -> read(Long.parseLong(words[1]), BUFFER_BYTES, 1);
            case "near" -> read(Long.parseLong(words[1]), Long.parseLong(words[2]), PEAK_TRIES);
            default -> throw new IllegalArgumentException("command: unknown \"" + words[0] + "\"");
        };
    }

    @Override
    public void close() {
        executor.shutdownNow();
        arena.close();
    }

    private static List<String> names() {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < LibTern.tern_peak_count(); i++) {
            final MemorySegment peak = peakAt(i);
            if ((tern_peak.isa(peak) & ~LibTern.tern_cpu_isa()) == 0) {
                names.add(name(peak));
            }
        }
        return names;
    }

    private String peak(final String name, final long nanos) {
        final int index = indexOf(name);
        final long operations = tern_peak.ops(peakAt(index));
        final Share share = (thread, count) -> LibTern.tern_peak_run(index, count);
        return fastest(share, FIRST_ITERATIONS, nanos, operations, PEAK_TRIES);
    }

    /** Of each thread's buffer its share of the bytes. */
    private String read(final long nanos, final long bytes, final int tries) {
        final long each = Math.clamp(bytes / threads, 1, BUFFER_BYTES / threads);
        final Share share = (thread, count) -> {
            for (long i = 0; i < count; i++) {
                LibTern.tern_read(buffers.get(thread), each);
            }
        };
        return fastest(share, 1, nanos, each, tries);
    }

    /** Units of work per nanosecond, all threads together: the best of a few tries, since a peak is what can be had. */
    private String fastest(
            final Share share, final long first, final long nanos, final long unitsPerCount, final int tries) {
        long count = first;
        double elapsed = together(share, count);
        while (elapsed < nanos / 4.0) {
            count *= 2;
            elapsed = together(share, count);
        }
        count = (long) (count * Math.max(1, nanos / elapsed));
        for (int i = 0; i < tries; i++) {
            elapsed = i == 0 ? together(share, count) : Math.min(elapsed, together(share, count));
        }
        return String.format(Locale.ROOT, "%.2f", (double) threads * unitsPerCount * count / elapsed);
    }

    /** All threads at once; the time from the common start to the last one's end. */
    private double together(final Share share, final long count) {
        final CyclicBarrier start = new CyclicBarrier(threads);
        final List<Future<long[]>> spans = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final int thread = i;
            spans.add(executor.submit(() -> span(start, share, thread, count)));
        }
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (final Future<long[]> span : spans) {
            try {
                begin = Math.min(begin, span.get()[0]);
                end = Math.max(end, span.get()[1]);
            } catch (final InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        return end - begin;
    }

    private static long[] span(final CyclicBarrier start, final Share share, final int thread, final long count)
            throws InterruptedException, BrokenBarrierException {
        start.await();
        final long begin = System.nanoTime();
        share.run(thread, count);
        return new long[] {begin, System.nanoTime()};
    }

    private static int indexOf(final String name) {
        for (int i = 0; i < LibTern.tern_peak_count(); i++) {
            if (name(peakAt(i)).equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("peak: unknown \"" + name + "\"");
    }

    private static MemorySegment peakAt(final int index) {
        return LibTern.tern_peak_at(index).reinterpret(tern_peak.sizeof());
    }

    private static String name(final MemorySegment peak) {
        return tern_peak.name(peak).reinterpret(Long.MAX_VALUE).getString(0);
    }
}
