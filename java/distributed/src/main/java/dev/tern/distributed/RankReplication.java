package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.ParameterSet;
import dev.tern.nn.Replication;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** The replicas of a training that are the ranks of a {@link Communicator}. */
public final class RankReplication implements Replication {
    private final Communicator ranks;
    private final Compression compression;
    private final Tensor number = Tensor.allocate(DataType.F32, Shape.of(1));

    public RankReplication(final Communicator ranks, final Compression compression) {
        this.ranks = Objects.requireNonNull(ranks, "ranks");
        this.compression = Objects.requireNonNull(compression, "compression");
    }

    @Override
    public int rank() {
        return ranks.rank();
    }

    @Override
    public int size() {
        return ranks.size();
    }

    @Override
    public GradientExchange exchange(final ParameterSet parameters) {
        return new BucketedExchange(ranks, parameters, compression, BucketedExchange.DEFAULT_BUCKET_BYTES);
    }

    @Override
    public void copyFromFirst(final ParameterSet parameters) {
        Replicas.copyFromFirst(ranks, parameters);
    }

    @Override
    public void averageStatistics(final ParameterSet parameters) {
        Replicas.averageStatistics(ranks, parameters);
    }

    @Override
    public double sum(final double value) {
        number.segment().set(ValueLayout.JAVA_FLOAT, 0, (float) value);
        ranks.allReduce(number);
        return number.segment().get(ValueLayout.JAVA_FLOAT, 0);
    }
}
