package dev.tern.distributed;

import dev.tern.Tensor;
import dev.tern.nn.ParameterSet;
import dev.tern.nn.ParameterSet.Trained;
import java.util.stream.Stream;

/** Adjacent gradients that travel together, as soon as the last of them is done. */
final class Bucket {
    private final int from;
    private final int to;
    private final int parameters;
    private final BucketSum sum;
    private int missing;
    private boolean started;

    /** The elements {@code from} to {@code to - 1} of the vector of gradients. */
    Bucket(
            final Communicator communicator,
            final ParameterSet all,
            final Compression compression,
            final int from,
            final int to) {
        this.from = from;
        this.to = to;
        parameters = (int) all.trained().stream().filter(this::holds).count();
        sum = compression.sum(communicator, all.gradients().slice(0, from, to));
    }

    /** Whether any of a parameter's gradient is in this bucket. */
    private boolean holds(final Trained parameter) {
        final long end = parameter.offset() + parameter.gradient().shape().elements();
        return parameter.offset() < to && end > from;
    }

    void begin() {
        missing = parameters;
        started = false;
    }

    void gradientDone(final Trained parameter, final float share) {
        if (holds(parameter) && --missing == 0) {
            start(share);
        }
    }

    /** Also what the backward pass told nothing of. */
    void start(final float share) {
        if (!started) {
            started = true;
            sum.start(share);
        }
    }

    void proceed() {
        sum.proceed();
    }

    void finish() {
        sum.finish();
    }

    long bytesPerSum() {
        return sum.bytesPerSum();
    }

    Stream<Tensor> errors() {
        return sum.errors().stream();
    }
}
