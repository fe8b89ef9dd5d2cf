package dev.tern.nn.data;

import dev.tern.nn.data.DataDescription.Part;
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
                    read(Part.TRAIN_IMAGES, Part.TRAIN_LABELS),
                    read(Part.TEST_IMAGES, Part.TEST_LABELS));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Samples read(final Part images, final Part labels) throws IOException {
        return IdxImages.pair(images.fileName(), file(images), labels.fileName(), file(labels));
    }

    private static IdxFile file(final Part part) throws IOException {
        final String resource = "sample/" + part.fileName() + ".gz";
        try (InputStream in = EmbeddedSample.class.getResourceAsStream(resource)) {
            return IdxFile.read(resource, in);
        }
    }
}
