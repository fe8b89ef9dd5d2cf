package dev.tern.nn.data;

import java.util.Objects;

/** A named classification problem: what is learnt from, and what is judged by. */
public record DataSet(String name, int classes, Samples train, Samples test) {
    public DataSet {
        Objects.requireNonNull(name, "name");
        requireLabelsBelow(classes, train, name + " train");
        requireLabelsBelow(classes, test, name + " test");
        if (!train.format().equals(test.format())) {
            throw new IllegalArgumentException(
                    "%s: train has %s, test has %s".formatted(name, train.format(), test.format()));
        }
    }

    private static void requireLabelsBelow(final int classes, final Samples samples, final String what) {
        for (int i = 0; i < samples.size(); i++) {
            if (samples.label(i) >= classes) {
                throw new IllegalArgumentException(
                        "%s: label %d of sample %d; %d classes".formatted(what, samples.label(i), i, classes));
            }
        }
    }
}
