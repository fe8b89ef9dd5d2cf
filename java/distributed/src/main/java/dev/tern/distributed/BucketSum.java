package dev.tern.distributed;

import dev.tern.Tensor;
import java.util.List;

/** The sum of one bucket of gradients over all ranks, once a step, in its place. */
interface BucketSum {
    /** Starts it, with this rank's gradients times {@code share}. */
    void start(float share);

    /** Waits for what all ranks told each other first, and starts what follows from it. */
    void proceed();

    /** Returns when the sums are there. */
    void finish();

    /** Bytes that a rank sends for one sum. */
    long bytesPerSum();

    /** What it adds to the next sum. */
    List<Tensor> errors();
}
