package dev.tern.cli;

import dev.tern.distributed.Communicator;
import dev.tern.distributed.Compression;
import dev.tern.distributed.InProcess;
import dev.tern.distributed.Mpi;
import dev.tern.distributed.Pipeline;
import dev.tern.distributed.RankReplication;
import dev.tern.distributed.SplitLinears;
import dev.tern.nn.Partition;
import dev.tern.nn.Replication;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine.Option;

/** How many ranks train, what each of them has of the model, and what goes between them. */
final class RankOptions {
    private static final int MICRO_BATCHES_PER_STAGE = 4;

    @Option(
            names = "--data-parallel",
            paramLabel = "N",
            defaultValue = "1",
            description = "Replicas in this process, which share its threads and every batch; under mpirun there are "
                    + "as many as its processes are enough for. Default: 1.")
    private int replicas;

    @Option(
            names = "--model-parallel",
            paramLabel = "N",
            defaultValue = "1",
            description = "Ranks that have a part of the model each: threads, or processes of mpirun. Default: 1.")
    private int parts;

    @Option(
            names = "--split",
            defaultValue = "stages",
            description = "How they share it: ${COMPLETION-CANDIDATES}; stages: some layers each, as a pipeline; "
                    + "linears: some units each of linear layers. Default: stages.")
    private Split split;

    @Option(
            names = "--micro-batches",
            paramLabel = "N",
            description = "Into how many a batch is cut on its way through stages. Default: four for each stage.")
    private Integer microBatches;

    @Option(
            names = "--compress-gradients",
            defaultValue = "none",
            description = "What gradients become between replicas: ${COMPLETION-CANDIDATES}. Default: none.")
    private Compression compression;

    enum Split {
        STAGES,
        LINEARS
    }

    /** What each rank does. */
    interface Work {
        void run(TrainingRank rank) throws IOException;
    }

    /** Those of this process. */
    int inProcess() {
        return Mpi.isLaunched() ? 1 : replicas * parts;
    }

    void run(final Work work) throws IOException {
        require(replicas >= 1, "data-parallel", replicas, "at least 1");
        require(parts >= 1, "model-parallel", parts, "at least 1");
        require(microBatches == null || microBatches >= 1, "micro-batches", microBatches, "at least 1");
        if (Mpi.isLaunched()) {
            require(replicas == 1, "data-parallel", replicas, "1 under mpirun, whose processes are the replicas");
            final int ranks = Mpi.launchedRanks();
            require(ranks % parts == 0, "model-parallel", parts, "a divisor of the " + ranks + " ranks");
            Mpi.run(all -> run(work, all));
        } else if (inProcess() == 1) {
            work.run(TrainingRank.ALONE);
        } else {
            InProcess.run(inProcess(), ranks -> run(work, ranks));
        }
    }

    /** The parts of one replica are neighbours. */
    private void run(final Work work, final Communicator ranks) {
        try {
            work.run(new TrainingRank(
                    parts == ranks.size() ? Replication.ALONE : replication(ranks),
                    parts == 1 ? Partition.WHOLE : partition(ranks.split(ranks.rank() / parts)),
                    ranks));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Replication replication(final Communicator ranks) {
        return new RankReplication(parts == 1 ? ranks : ranks.split(ranks.rank() % parts), compression);
    }

    private Partition partition(final Communicator ranks) {
        return switch (split) {
            case STAGES -> new Pipeline(ranks, microBatches == null ? MICRO_BATCHES_PER_STAGE * parts : microBatches);
            case LINEARS -> new SplitLinears(ranks);
        };
    }

    private static void require(final boolean holds, final String option, final Object got, final String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(option + ": got " + got + ", allowed: " + allowed);
        }
    }
}
