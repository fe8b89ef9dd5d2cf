package dev.tern.nn.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One entry of the catalogue: what a data set consists of and where it can be had.
 *
 * @param files SHA-256 of the uncompressed content by file name, in the order of {@link Part}
 * @param mirrors folders on the web that hold each file as {@code <name>.gz}
 */
public record DataDescription(
        String name, String title, int classes, Map<String, String> files, List<URI> mirrors, PackagedCopy packaged) {

    /** The four IDX files of a data set; their names are those of the original MNIST. */
    public enum Part {
        TRAIN_IMAGES("train-images-idx3-ubyte"),
        TRAIN_LABELS("train-labels-idx1-ubyte"),
        TEST_IMAGES("t10k-images-idx3-ubyte"),
        TEST_LABELS("t10k-labels-idx1-ubyte");

        private final String fileName;

        Part(final String fileName) {
            this.fileName = fileName;
        }

        public String fileName() {
            return fileName;
        }
    }

    /** A copy that a package manager brings: {@code folder} is relative to where the package is unpacked. */
    public record PackagedCopy(Client client, String coordinates, Path folder) {}

    /** The package managers that are asked. */
    public enum Client {
        NPM,
        APT
    }
}
