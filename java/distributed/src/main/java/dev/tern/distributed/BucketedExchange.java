package dev.tern.distributed;

import dev.tern.Tensor;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.ParameterSet;
import dev.tern.nn.ParameterSet.Trained;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums gradients over the ranks of a {@link Communicator} while the backward pass goes on: the vector of gradients is
 * cut into buckets, and each starts as soon as its last gradient is done. All ranks have the same model, so they start
 * the same buckets in one order.
 *
 * <pre>{@code
 * BucketedExchange exchange = new BucketedExchange(communicator, network.parameters(), Compression.NONE, 1 << 20);
 * exchange.begin(samplesHere / (float) samplesOfAll);
 * network.backward(samplesHere, exchange);
 * exchange.finish();                                   // network.parameters().gradients() are those of all samples
 * }</pre>
 */
public final class BucketedExchange implements GradientExchange {
    /** Large enough that its bytes cost more than its latency, small enough that several fit a backward pass. */
    public static final int DEFAULT_BUCKET_BYTES = 1 << 20;

    private final List<Bucket> buckets = new ArrayList<>();
    private float share;

    /** {@code bucketBytes} is what a bucket holds at most, in F32. */
    public BucketedExchange(
            final Communicator communicator,
            final ParameterSet parameters,
            final Compression compression,
            final int bucketBytes) {
        Operands.require(bucketBytes >= Float.BYTES, "bucketBytes", bucketBytes, "at least 4");
        final int length = bucketBytes / Float.BYTES;
        final int matrices = parameters.decaying();
        for (int to = matrices; to > 0; to -= length) {
            buckets.add(new Bucket(communicator, parameters, compression, Math.max(0, to - length), to));
        }
        for (int to = parameters.elements(); to > matrices; to -= length) {
            buckets.add(new Bucket(communicator, parameters, compression, Math.max(matrices, to - length), to));
        }
    }

    @Override
    public void begin(final float shareOfSum) {
        share = shareOfSum;
        buckets.forEach(Bucket::begin);
    }

    @Override
    public void gradientDone(final Trained parameter) {
        for (int i = 0; i < buckets.size(); i++) {
            buckets.get(i).gradientDone(parameter, share);
        }
    }

    @Override
    public void finish() {
        buckets.forEach(bucket -> bucket.start(share));
        buckets.forEach(Bucket::proceed);
        buckets.forEach(Bucket::finish);
    }

    /** What a rank sends for one step. */
    public long bytesPerStep() {
        return buckets.stream().mapToLong(Bucket::bytesPerSum).sum();
    }

    private List<Tensor> errors() {
        return buckets.stream().flatMap(Bucket::errors).toList();
    }

    /** What rounding took and the next step adds. */
    @Override
    public float[] memory() {
        return Floats.of(errors());
    }

    @Override
    public void resume(final float[] memory) {
        Floats.put(memory, errors());
    }
}
