package dev.tern.nn.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the files of a data set are called, and how they are read. */
public enum DataFormat {
    /** Images and labels apart, named as those of the original MNIST. */
    IDX(IdxImages.TRAIN_IMAGES, IdxImages.TRAIN_LABELS, IdxImages.TEST_IMAGES, IdxImages.TEST_LABELS) {
        @Override
        Samples train(final List<Path> files) throws IOException {
            return IdxImages.read(files.get(0), files.get(1));
        }

        @Override
        Samples test(final List<Path> files) throws IOException {
            return IdxImages.read(files.get(2), files.get(3));
        }
    },

    /** The binary batches of CIFAR-10. */
    CIFAR(
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin") {
        @Override
        Samples train(final List<Path> files) throws IOException {
            return CifarBatch.read(files.subList(0, 5));
        }

        @Override
        Samples test(final List<Path> files) throws IOException {
            return CifarBatch.read(files.subList(5, 6));
        }
    },

    /** A user's own arrays, by numpy. */
    NPZ("train.npz", "test.npz") {
        @Override
        Samples train(final List<Path> files) throws IOException {
            return NpzSamples.read(files.get(0));
        }

        @Override
        Samples test(final List<Path> files) throws IOException {
            return NpzSamples.read(files.get(1));
        }
    },

    /** A user's own rows of numbers. */
    CSV("train.csv", "test.csv") {
        @Override
        Samples train(final List<Path> files) throws IOException {
            return CsvTable.read(files.get(0)).samples();
        }

        @Override
        Samples test(final List<Path> files) throws IOException {
            final CsvTable test = CsvTable.read(files.get(1));
            test.requireColumns(CsvTable.columns(files.get(0)));
            return test.samples();
        }
    };

    private final List<String> files;

    DataFormat(final String... files) {
        this.files = List.of(files);
    }

    /** The names of a set's files, in the order in which they are read. */
    public List<String> files() {
        return files;
    }

    /** What is learnt from; {@code paths} has one for each of {@link #files()}. */
    abstract Samples train(List<Path> paths) throws IOException;

    /** What is judged by. */
    abstract Samples test(List<Path> paths) throws IOException;

    /** The files in a folder that may be {@code file}: gzipped or not, or named as in some unpacked archives. */
    static Stream<Path> candidates(final Path folder, final String file) {
        final String dotted = file.replace("-idx", ".idx");
        return Stream.of(file, file + ".gz", dotted, dotted + ".gz")
                .distinct()
                .map(folder::resolve)
                .filter(Files::isRegularFile);
    }

    /** Reads a user's own folder in the first format whose files it holds; there is no checksum to hold them to. */
    static DataSet readFolder(final Path folder) throws IOException {
        final List<String> wanted = new ArrayList<>();
        for (final DataFormat format : values()) {
            final List<Path> paths = format.files.stream()
                    .flatMap(file -> candidates(folder, file).limit(1))
                    .toList();
            if (paths.size() == format.files.size()) {
                return DataSet.of(folder.toString(), format.train(paths), format.test(paths));
            }
            wanted.add(String.join(", ", format.files));
        }
        throw new IOException(
                "%s holds no data set; it would hold all of: %s".formatted(folder, String.join("; or: ", wanted)));
    }
}
