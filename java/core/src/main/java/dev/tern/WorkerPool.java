package dev.tern;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Fork and join over a fixed set of threads. The caller takes part. Workers spin for a while after a job, since waking
 * a parked thread costs some 40 µs, and then park, since a host program has other uses for its processors.
 *
 * <p>One job at a time: a caller that finds the pool taken does all of its work itself. What a job is made of changes
 * only while no chunk of it is left.
 */
final class WorkerPool implements AutoCloseable {
    private static final long SPIN_NANOS = 50_000;
    private static final int SPINS_BETWEEN_CLOCK_READS = 64;
    private static final int CALLER = 0; // workers count from 1

    private final Worker[] workers;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final ChunkShares shares;
    private volatile Throwable failure;
    private volatile boolean closed;
    private RangeTask task;
    private long count;
    private long chunk;

    WorkerPool(final int threads) {
        shares = new ChunkShares(threads);
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Runs the task over {@code [0, count)} in ranges of {@code chunk}; returns when all are done. */
    void run(final RangeTask work, final long items, final long range, final Workspace workspace) {
        final long chunks = Math.ceilDiv(items, range);
        if (chunks <= 1 || workers.length == 0 || chunks > Integer.MAX_VALUE || !taken.compareAndSet(false, true)) {
            if (items > 0) {
                work.run(0, items, workspace);
            }
            return;
        }
        try {
            fork(work, items, range, (int) chunks);
            claimChunks(CALLER, workspace);
            join();
        } finally {
            task = null;
            taken.set(false);
        }
    }

    private void fork(final RangeTask work, final long items, final long range, final int chunks) {
        task = work;
        count = items;
        chunk = range;
        failure = null;
        unfinished.set(chunks);
        shares.begin(chunks);
        final int helpers = Math.min(workers.length, chunks - 1);
        for (int i = 0; i < helpers; i++) {
            workers[i].wake();
        }
    }

    private void claimChunks(final int thread, final Workspace workspace) {
        for (int next = shares.claim(thread); next != ChunkShares.NONE; next = shares.claim(thread)) {
            runChunk(next * chunk, workspace);
        }
    }

    private void runChunk(final long from, final Workspace workspace) {
        try {
            task.run(from, Math.min(from + chunk, count), workspace);
        } catch (final Throwable e) { // carried to the caller, whatever it is
            failure = e;
        } finally {
            unfinished.getAndDecrement();
        }
    }

    private void join() {
        long spins = 0;
        while (unfinished.get() != 0) {
            Thread.onSpinWait();
            if (++spins > SPINS_BETWEEN_CLOCK_READS * 256) {
                Thread.yield();
            }
        }
        final Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            throw WorkerPool.<RuntimeException>unchecked(thrown);
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(final Throwable e) throws E {
        throw (E) e;
    }

    @Override
    public void close() {
        closed = true;
        for (final Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private final class Worker extends Thread {
        private final Workspace workspace = new Workspace();
        private final int number;
        private volatile boolean parked;
        private long lastJob;

        Worker(final int number) {
            super(null, null, "tern-worker-" + number, 0, false);
            this.number = number;
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            while (!closed) {
                if (spinForWork()) {
                    lastJob = shares.job();
                    claimChunks(number, workspace);
                } else {
                    parkUntilWork();
                }
            }
        }

        private boolean hasWork() {
            return shares.job() != lastJob;
        }

        private boolean spinForWork() {
            final long start = System.nanoTime();
            do {
                for (int i = 0; i < SPINS_BETWEEN_CLOCK_READS; i++) {
                    if (hasWork()) {
                        return true;
                    }
                    Thread.onSpinWait();
                }
            } while (System.nanoTime() - start < SPIN_NANOS && !closed);
            return false;
        }

        private void parkUntilWork() {
            parked = true;
            while (!hasWork() && !closed) {
                LockSupport.park(WorkerPool.this);
            }
            parked = false;
        }
    }
}
