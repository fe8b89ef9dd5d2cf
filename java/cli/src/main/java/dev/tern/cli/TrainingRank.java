package dev.tern.cli;

import dev.tern.distributed.Communicator;
import dev.tern.distributed.Replicas;
import dev.tern.nn.Partition;
import dev.tern.nn.Replication;
import java.util.Map;

/**
 * What a rank is in a training.
 *
 * @param all null for one that is alone
 */
record TrainingRank(Replication replicas, Partition partition, Communicator all) {
    static final TrainingRank ALONE = new TrainingRank(Replication.ALONE, Partition.WHOLE, null);

    boolean isAlone() {
        return all == null;
    }

    /** Whether it is the one that writes files and talks to the user. */
    boolean isFirst() {
        return all == null || all.isFirst();
    }

    /** Choices of kernels that all ranks go on with: the first rank's where it has made one. */
    Map<String, String> agree(final Map<String, String> choices) {
        return Replicas.agree(all, choices);
    }
}
