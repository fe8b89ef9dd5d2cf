package dev.tern.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that do the same work at the same time. */
final class Gang implements AutoCloseable {
    /** A thread's share of the work, {@code count} times. */
    interface Share {
        void run(int thread, long count);
    }

    private record Span(long begin, long end) {}

    private final int threads;
    private final CyclicBarrier start;
    private final ExecutorService executor;

    Gang(final int threads) {
        this.threads = threads;
        start = new CyclicBarrier(threads);
        executor = Executors.newFixedThreadPool(threads);
    }

    int threads() {
        return threads;
    }

    /** Nanoseconds from the common start to the last one's end. */
    long nanos(final Share share, final long count) throws InterruptedException {
        final List<Callable<Span>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final int thread = i;
            tasks.add(() -> span(share, thread, count));
        }
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (final Future<Span> future : executor.invokeAll(tasks)) {
            final Span span = result(future);
            begin = Math.min(begin, span.begin);
            end = Math.max(end, span.end);
        }
        return Math.max(1, end - begin);
    }

    @Override
    public void close() {
        executor.close();
    }

    private Span span(final Share share, final int thread, final long count)
            throws InterruptedException, BrokenBarrierException {
        start.await();
        final long begin = System.nanoTime();
        share.run(thread, count);
        return new Span(begin, System.nanoTime());
    }

    private static Span result(final Future<Span> future) throws InterruptedException {
        try {
            return future.get();
        } catch (final ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
