package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void shouldRunEveryItemOnce(final int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int items = 0; items < 300; items++) {
                for (final int chunk : new int[] {1, 3, 64, 1000}) {
                    final AtomicIntegerArray runs = new AtomicIntegerArray(Math.max(items, 1));
                    pool.run((from, to, w) -> count(runs, from, to), items, chunk, new Workspace());
                    for (int i = 0; i < items; i++) {
                        assertEquals(1, runs.get(i), "item " + i + " of " + items + " in chunks of " + chunk);
                    }
                }
            }
        }
    }

    private static void count(final AtomicIntegerArray runs, final long from, final long to) {
        for (long i = from; i < to; i++) {
            runs.incrementAndGet((int) i);
        }
    }

    @Test
    void shouldWakeParkedWorkers() {
        try (WorkerPool pool = new WorkerPool(2)) {
            final AtomicLong sum = new AtomicLong();
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(2_000_000);
                pool.run((from, to, w) -> sum.addAndGet(to - from), 100, 1, new Workspace());
            }
            assertEquals(2000, sum.get());
        }
    }

    @Test
    void shouldServeManyCallersAtOnce() throws Exception {
        try (WorkerPool pool = new WorkerPool(3);
                ExecutorService callers = Executors.newFixedThreadPool(8)) {
            final List<Future<Long>> sums = new ArrayList<>();
            for (int caller = 0; caller < 8; caller++) {
                sums.add(callers.submit(() -> sumOfManyJobs(pool)));
            }
            for (final Future<Long> sum : sums) {
                assertEquals(2000L * 257, sum.get());
            }
        }
    }

    private static long sumOfManyJobs(final WorkerPool pool) {
        final AtomicLong sum = new AtomicLong();
        for (int job = 0; job < 2000; job++) {
            pool.run((from, to, w) -> sum.addAndGet(to - from), 257, 10, new Workspace());
        }
        return sum.get();
    }

    @Test
    void shouldGiveEachThreadAWorkspaceOfItsOwn() {
        try (WorkerPool pool = new WorkerPool(2)) {
            final Workspace callers = new Workspace();
            final Thread caller = Thread.currentThread();
            pool.run(
                    (from, to, w) -> {
                        if (Thread.currentThread() == caller) {
                            assertSame(callers, w);
                        } else if (w == callers) {
                            throw new AssertionError("a worker got the caller's workspace");
                        }
                    },
                    1000,
                    1,
                    callers);
        }
    }

    @Test
    void shouldCarryAFailureToTheCallerAndGoOn() {
        try (WorkerPool pool = new WorkerPool(2)) {
            final var failure = assertThrows(
                    IllegalStateException.class,
                    () -> pool.run(
                            (from, to, w) -> {
                                throw new IllegalStateException("planted");
                            },
                            10,
                            1,
                            new Workspace()));
            assertEquals("planted", failure.getMessage());
            final AtomicLong sum = new AtomicLong();
            pool.run((from, to, w) -> sum.addAndGet(to - from), 10, 1, new Workspace());
            assertEquals(10, sum.get());
        }
    }

    @Test
    void shouldRunNestedJobsOnTheThreadThatAsks() {
        try (WorkerPool pool = new WorkerPool(2)) {
            final AtomicLong sum = new AtomicLong();
            pool.run(
                    (from, to, w) -> pool.run((f, t, v) -> sum.addAndGet(t - f), 5, 1, new Workspace()),
                    7,
                    1,
                    new Workspace());
            assertEquals(35, sum.get());
        }
    }
}
