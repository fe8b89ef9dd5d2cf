package dev.tern.nn.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A named classification problem: what is learnt from, and what is judged by. */
public record DataSet(String name, int classes, Samples train, Samples test) {
    public DataSet {
        Objects.requireNonNull(name, "name");
        requireLabelsBelow(classes, train, name + " train");
        requireLabelsBelow(classes, test, name + " test");
        if (!train.format().equals(test.format()) || train.type() != test.type()) {
            throw new IllegalArgumentException("%s: train has %s of %s, test has %s of %s"
                    .formatted(name, train.format(), train.type(), test.format(), test.type()));
        }
    }

    /** With as many classes as its labels name. */
    static DataSet of(final String name, final Samples train, final Samples test) {
        return new DataSet(name, Math.max(train.largestLabel(), test.largestLabel()) + 1, train, test);
    }

    /** Reads a user's own folder, in any {@link DataFormat}; there is no checksum to hold it to. */
    public static DataSet read(final Path folder) throws IOException {
        return DataFormat.readFolder(folder);
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
