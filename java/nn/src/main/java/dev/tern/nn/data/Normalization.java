package dev.tern.nn.data;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code (x - mean) / deviation} for each channel; of rows of numbers, each column is a channel.
 *
 * @param mean by channel, of the reals that elements stand for
 * @param deviation by channel, above 0
 */
public record Normalization(List<Float> mean, List<Float> deviation) {
    public Normalization {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
        if (mean.size() != deviation.size()) {
            throw new IllegalArgumentException(
                    "deviation: got %d channels, allowed: %d".formatted(deviation.size(), mean.size()));
        }
        for (final float value : deviation) {
            if (!(value > 0)) {
                throw new IllegalArgumentException("deviation: got " + value + ", allowed: above 0");
            }
        }
    }

    /** Of all samples, each element once. A channel that never changes is only shifted. */
    public static Normalization of(final Samples samples) {
        final int channels = samples.format().channels();
        final double[] mean = means(samples, new double[channels], false);
        final double[] variance = means(samples, mean, true);
        final List<Float> means = new ArrayList<>();
        final List<Float> deviations = new ArrayList<>();
        for (int channel = 0; channel < channels; channel++) {
            means.add((float) mean[channel]);
            deviations.add(variance[channel] > 0 ? (float) Math.sqrt(variance[channel]) : 1);
        }
        return new Normalization(means, deviations);
    }

    /** By channel, of the differences from {@code centre} or of their squares. */
    private static double[] means(final Samples samples, final double[] centre, final boolean squared) {
        final int channels = centre.length;
        final int elements = samples.format().elements();
        final double[] sums = new double[channels];
        for (int i = 0; i < samples.size(); i++) {
            final float[] reals = samples.reals(i, 1);
            for (int channel = 0; channel < channels; channel++) {
                double sum = 0;
                for (int j = channel; j < elements; j += channels) {
                    final double difference = reals[j] - centre[channel];
                    sum += squared ? difference * difference : difference;
                }
                sums[channel] += sum;
            }
        }
        final double count = (double) samples.size() * elements / channels;
        for (int channel = 0; channel < channels; channel++) {
            sums[channel] /= Math.max(1, count);
        }
        return sums;
    }
}
