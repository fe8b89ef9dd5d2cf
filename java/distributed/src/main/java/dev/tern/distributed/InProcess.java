package dev.tern.distributed;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Jobs whose ranks are threads of this process. Sums are formed in the order of ranks, whatever thread comes first. */
public final class InProcess {
    private InProcess() {}

    /**
     * Runs {@code work} on so many ranks, each on a thread of its own but the first, which is the caller's. A rank that
     * throws ends the job: the others fail where they next wait for it, and the caller gets a
     * {@link CommunicatorException} that names the rank and has what it threw as its cause.
     */
    public static void run(final int size, final Consumer<Communicator> work) {
        Operands.require(size >= 1, "size", size, "at least 1");
        final Group group = new Group(size);
        final List<Thread> threads = new ArrayList<>();
        for (int rank = 1; rank < size; rank++) {
            final InProcessCommunicator communicator = new InProcessCommunicator(group, rank);
            threads.add(Thread.ofPlatform().name("tern-rank-" + rank).start(() -> communicator.run(work)));
        }
        new InProcessCommunicator(group, 0).run(work);
        threads.forEach(InProcess::join);
        group.requireWhole();
    }

    private static void join(final Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
