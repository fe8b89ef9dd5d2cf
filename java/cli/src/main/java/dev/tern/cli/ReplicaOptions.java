package dev.tern.cli;

import dev.tern.distributed.Communicator;
import dev.tern.distributed.Compression;
import dev.tern.distributed.InProcess;
import dev.tern.distributed.Mpi;
import dev.tern.distributed.RankReplication;
import dev.tern.nn.Replication;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine.Option;

/** How many replicas train, and what goes between them. Under mpirun each process is one. */
final class ReplicaOptions {
    @Option(
            names = "--data-parallel",
            paramLabel = "N",
            defaultValue = "1",
            description = "Replicas in this process, which share its threads and every batch. Default: 1.")
    private int count;

    @Option(
            names = "--compress-gradients",
            defaultValue = "none",
            description = "What gradients become between replicas: ${COMPLETION-CANDIDATES}. Default: none.")
    private Compression compression;

    /** What each replica does. */
    interface Work {
        void run(Replication replica) throws IOException;
    }

    /** Those of this process. */
    int inProcess() {
        return Mpi.isLaunched() ? 1 : count;
    }

    void run(final Work work) throws IOException {
        if (Mpi.isLaunched()) {
            requireOne();
            Mpi.run(ranks -> run(work, ranks));
        } else if (count == 1) {
            work.run(Replication.ALONE);
        } else {
            InProcess.run(count, ranks -> run(work, ranks));
        }
    }

    private void requireOne() {
        if (count != 1) {
            throw new IllegalArgumentException(
                    "data-parallel: got %d, allowed: 1 under mpirun, whose ranks are the replicas".formatted(count));
        }
    }

    private void run(final Work work, final Communicator ranks) {
        try {
            work.run(new RankReplication(ranks, compression));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
