package dev.tern.distributed;

import dev.tern.nn.GradientExchange;
import dev.tern.nn.ParameterSet;
import dev.tern.nn.Replication;
import java.util.Objects;

/** The replicas of a training that are the ranks of a {@link Communicator}. */
public final class RankReplication extends CommunicatorRanks implements Replication {
    private final Compression compression;

    public RankReplication(final Communicator ranks, final Compression compression) {
        super(ranks);
        this.compression = Objects.requireNonNull(compression, "compression");
    }

    @Override
    public GradientExchange exchange(final ParameterSet parameters) {
        return new BucketedExchange(communicator(), parameters, compression, BucketedExchange.DEFAULT_BUCKET_BYTES);
    }

    @Override
    public void copyFromFirst(final ParameterSet parameters) {
        Replicas.copyFromFirst(communicator(), parameters);
    }

    @Override
    public void averageStatistics(final ParameterSet parameters) {
        Replicas.averageStatistics(communicator(), parameters);
    }

    @Override
    public String description() {
        return compression == Compression.NONE ? String.valueOf(size()) : size() + ", gradients in " + compression;
    }
}
