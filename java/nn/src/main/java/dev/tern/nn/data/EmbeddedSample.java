package dev.tern.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A sample of MNIST that comes with the library: 6,000 images to train on, 1,000 to test with, as many of each digit.
 *
 * <p>The MNIST database is by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, under CC BY-SA 3.0; see
 * {@code sample/ATTRIBUTION.txt} beside the files.
 */
public final class EmbeddedSample {
    public static final String NAME = "mnist-sample";
    private static final int CLASSES = 10;

    private EmbeddedSample() {}

    public static DataSet load() {
        try {
            return new DataSet(
                    NAME,
                    CLASSES,
                    read(IdxImages.TRAIN_IMAGES, IdxImages.TRAIN_LABELS),
                    read(IdxImages.TEST_IMAGES, IdxImages.TEST_LABELS));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Samples read(final String images, final String labels) throws IOException {
        return IdxImages.pair(images, file(images), labels, file(labels));
    }

    private static IdxFile file(final String name) throws IOException {
        final String resource = "sample/" + name + ".gz";
        try (InputStream in = EmbeddedSample.class.getResourceAsStream(resource)) {
            return IdxFile.read(resource, in);
        }
    }
}
