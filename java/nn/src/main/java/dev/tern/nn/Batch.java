package dev.tern.nn;

import dev.tern.Tensor;

/**
 * Samples of one step, which whoever computes it loads as far as needed.
 *
 * @param order of the samples of an epoch
 * @param first place in it
 * @param epoch decides, with the loader's seed and the sample, what its transform draws
 */
public record Batch(BatchLoader loader, int[] order, int first, int size, int epoch) {
    /** Puts {@code count} of the samples into {@code x}, from the batch's {@code from} on. */
    public void load(final int from, final int count, final Tensor x) {
        loader.loadInputs(order, first + from, count, epoch, x);
    }

    /** Their labels, until the loader is asked for others. */
    public Tensor labels(final int from, final int count) {
        return loader.labels(order, first + from, count);
    }
}
