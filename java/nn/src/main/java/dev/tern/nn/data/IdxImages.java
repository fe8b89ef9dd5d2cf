package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Pairs an IDX file of images (count, rows, columns) with one of labels (count). */
public final class IdxImages {
    private IdxImages() {}

    public static Samples read(final Path images, final Path labels) throws IOException {
        return pair(images.toString(), IdxFile.read(images), labels.toString(), IdxFile.read(labels));
    }

    /** Reads a user's own folder by the names of MNIST's files, gzipped or not; there is no checksum to hold it to. */
    public static DataSet readFolder(final Path folder, final String name, final int classes) throws IOException {
        return new DataSet(
                name,
                classes,
                read(find(folder, "train-images"), find(folder, "train-labels")),
                read(find(folder, "t10k-images"), find(folder, "t10k-labels")));
    }

    private static Path find(final Path folder, final String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .min(Path::compareTo)
                    .orElseThrow(() -> new IOException("%s holds no file named %s…".formatted(folder, prefix)));
        }
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
