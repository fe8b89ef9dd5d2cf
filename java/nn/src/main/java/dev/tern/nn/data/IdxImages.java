package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;

/** Pairs an IDX file of images (count, rows, columns) with one of labels (count). */
final class IdxImages {
    static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

    private IdxImages() {}

    static Samples read(final Path images, final Path labels) throws IOException {
        return pair(images.toString(), IdxFile.read(images), labels.toString(), IdxFile.read(labels));
    }

    static Samples pair(final String imagesName, final IdxFile images, final String labelsName, final IdxFile labels)
            throws IOException {
        if (images.rank() != 3) {
            throw new MalformedFileException(imagesName, 3, "rank %d; images have 3".formatted(images.rank()));
        }
        if (labels.rank() != 1) {
            throw new MalformedFileException(labelsName, 3, "rank %d; labels have 1".formatted(labels.rank()));
        }
        if (images.dimension(0) != labels.dimension(0)) {
            throw new MalformedFileException(
                    labelsName,
                    4,
                    "%d labels for the %d images of %s"
                            .formatted(labels.dimension(0), images.dimension(0), imagesName));
        }
        if (images.dimension(1) == 0 || images.dimension(2) == 0) {
            throw new MalformedFileException(
                    imagesName, 8, "images of %d x %d".formatted(images.dimension(1), images.dimension(2)));
        }
        final ImageFormat format = new ImageFormat(images.dimension(1), images.dimension(2), 1);
        return Samples.of(format, images.bytes(), labels.bytes());
    }
}
