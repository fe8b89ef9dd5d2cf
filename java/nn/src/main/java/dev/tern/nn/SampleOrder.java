package dev.tern.nn;

import dev.tern.nn.data.Samples;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Which samples are trained with, in which order in each epoch, and which are held back: a function of the seed. */
final class SampleOrder {
    static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final long seed;
    private final int[] shuffled;
    private final int[] order;

    /** {@code validation} is the share that is held back. */
    SampleOrder(final int samples, final double validation, final long seed) {
        this.seed = seed;
        shuffled = IntStream.range(0, samples).toArray();
        shuffle(shuffled, samples, 0);
        order = Arrays.copyOf(shuffled, samples - (int) (samples * validation));
    }

    /** How many are trained with. */
    int size() {
        return order.length;
    }

    /** Those of an epoch, counted from 1, until it is asked for another. */
    int[] of(final int epoch) {
        System.arraycopy(shuffled, 0, order, 0, order.length);
        shuffle(order, order.length, epoch);
        return order;
    }

    Samples heldBack(final Samples samples) {
        return samples.select(Arrays.copyOfRange(shuffled, order.length, shuffled.length));
    }

    /** Fisher and Yates, of the first {@code count}. */
    private void shuffle(final int[] places, final int count, final int epoch) {
        final SplittableRandom random = new SplittableRandom(seed + GOLDEN_RATIO * epoch);
        for (int i = count - 1; i > 0; i--) {
            final int j = random.nextInt(i + 1);
            final int swapped = places[i];
            places[i] = places[j];
            places[j] = swapped;
        }
    }
}
