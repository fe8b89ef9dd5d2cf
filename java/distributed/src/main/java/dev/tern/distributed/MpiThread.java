package dev.tern.distributed;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The one thread of this process that calls MPI, whose libraries move data only while they are called. It starts what
 * was posted, in that order, and then asks again and again what is done: without a pause when somebody begins to wait,
 * else every 50 µs, so that the backward pass has the cores, and after long waits other processes.
 */
final class MpiThread {
    private static final long PAUSE_NANOS = 50_000;
    /** Longer than a bucket takes; who waits longer than that waits for a rank that does something else. */
    private static final long SPIN_NANOS = 10_000_000;

    private final MpiCalls mpi;
    private final BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Pending> underWay = new ArrayList<>();
    private final Deque<MemorySegment> handles = new ArrayDeque<>();
    private volatile long spinEnd;
    private boolean closed;

    MpiThread(final MpiCalls mpi) {
        this.mpi = mpi;
        Thread.ofPlatform().name("tern-mpi").daemon().start(this::loop);
    }

    /** An operation that MPI works on. */
    private final class Pending implements Request {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private MemorySegment handle;

        private void start(final Consumer<MemorySegment> operation) {
            handle = handles.isEmpty() ? Arena.global().allocate(ValueLayout.JAVA_LONG) : handles.remove();
            try {
                operation.accept(handle);
                underWay.add(this);
            } catch (final RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        }

        private boolean finish() {
            try {
                if (!mpi.test(handle)) {
                    return false;
                }
                done.complete(null);
            } catch (final RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
            handles.add(handle);
            return true;
        }

        @Override
        public void await() {
            MpiThread.this.await(done);
        }
    }

    /** Starts an operation, which is given where MPI keeps its handle. */
    Request start(final Consumer<MemorySegment> operation) {
        final Pending pending = new Pending();
        posted.add(() -> pending.start(operation));
        return pending;
    }

    /** Runs an action there and waits for it. */
    void call(final Runnable action) {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        posted.add(() -> {
            try {
                action.run();
                done.complete(null);
            } catch (final RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        await(done);
    }

    /** After what was posted before. */
    void close() {
        call(() -> closed = true);
    }

    private void await(final CompletableFuture<Void> done) {
        spinEnd = System.nanoTime() + SPIN_NANOS;
        waiting.incrementAndGet();
        try {
            done.join();
        } catch (final CompletionException e) {
            throw new CommunicatorException(e.getCause().getMessage(), e.getCause());
        } finally {
            waiting.decrementAndGet();
        }
    }

    private void loop() {
        try {
            while (!closed) {
                startPosted();
                if (!underWay.isEmpty() && !finishSome()) {
                    pause();
                }
            }
        } catch (final InterruptedException e) {
            throw new AssertionError("nobody knows this thread to interrupt it", e);
        }
    }

    /** Sleeps until there is something, where nothing is under way. */
    private void startPosted() throws InterruptedException {
        Runnable next = underWay.isEmpty() ? posted.take() : posted.poll();
        while (next != null) {
            next.run();
            next = posted.poll();
        }
    }

    private boolean finishSome() {
        boolean some = false;
        for (final Iterator<Pending> each = underWay.iterator(); each.hasNext(); ) {
            if (each.next().finish()) {
                each.remove();
                some = true;
            }
        }
        return some;
    }

    private void pause() {
        if (waiting.get() > 0 && System.nanoTime() - spinEnd < 0) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
    }
}
