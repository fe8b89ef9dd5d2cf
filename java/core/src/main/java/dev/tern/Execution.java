package dev.tern;

/** What an engine lends to the kernels of its backends: threads, scratch, memory, and the count of copies. */
public final class Execution {
    private final WorkerPool pool;
    private final Memory memory;
    private final Transfers transfers;
    private final ObjectPool<Workspace> workspaces = new ObjectPool<>(Workspace::new);

    Execution(final WorkerPool pool, final Memory memory, final Transfers transfers) {
        this.pool = pool;
        this.memory = memory;
        this.transfers = transfers;
    }

    /** Threads that work on one run, the caller's among them. */
    public int threads() {
        return pool.threads();
    }

    /**
     * Runs {@code task} over {@code [0, count)} in ranges of {@code chunk}, on the workers and the calling thread, and
     * waits for all of them. With {@code chunk >= count}, or while another thread has the workers, the caller does it
     * alone in a single range. Allocates nothing.
     */
    public void parallel(final RangeTask task, final long count, final long chunk) {
        final Workspace workspace = workspaces.take();
        try {
            pool.run(task, count, Math.max(chunk, 1), workspace);
        } finally {
            workspaces.give(workspace);
        }
    }

    public Memory memory() {
        return memory;
    }

    public Transfers transfers() {
        return transfers;
    }
}
