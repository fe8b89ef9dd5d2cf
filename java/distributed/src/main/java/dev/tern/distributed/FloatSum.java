package dev.tern.distributed;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The sum in F32. */
final class FloatSum implements BucketSum {
    private final Communicator communicator;
    private final Tensor bucket;
    private final FloatBlock block = new FloatBlock();
    private Request request;

    FloatSum(final Communicator communicator, final Tensor bucket) {
        this.communicator = communicator;
        this.bucket = bucket;
    }

    @Override
    public void start(final float share) {
        if (share != 1) {
            scale(share);
        }
        request = communicator.startAllReduce(bucket);
    }

    private void scale(final float share) {
        final MemorySegment memory = bucket.segment();
        final long elements = bucket.shape().elements();
        for (long from = 0; from < elements; from += FloatBlock.LENGTH) {
            block.load(memory, from, elements - from);
            block.scale(share);
            block.store(memory, from);
        }
    }

    @Override
    public void proceed() {}

    @Override
    public void finish() {
        request.await();
    }

    /**
     * Of an all-reduce that sends as little as is possible: each rank sums one part, which it gets from all others, and
     * sends the sums to all others (Patarasuk and Yuan 2009).
     */
    @Override
    public long bytesPerSum() {
        final int ranks = communicator.size();
        return 2L * (ranks - 1) * Math.ceilDiv(bucket.shape().elements(), ranks) * Float.BYTES;
    }

    @Override
    public List<Tensor> errors() {
        return List.of();
    }
}
