package dev.tern.cli;

import dev.tern.nn.data.DataCatalog;
import dev.tern.nn.data.DataDescription;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.EmbeddedSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A data set as named on the command line. */
final class DataArgument {
    static final String NAMES =
            "mnist, fashion-mnist, cifar10, mnist-sample (embedded), or a folder: IDX, CIFAR, train.npz, train.csv";

    private DataArgument() {}

    static DataSet load(final String name) throws IOException {
        if (name.equals(EmbeddedSample.NAME)) {
            return EmbeddedSample.load();
        }
        final List<String> known =
                DataCatalog.STANDARD.all().stream().map(DataDescription::name).toList();
        if (!known.contains(name) && Files.isDirectory(Path.of(name))) {
            return DataSet.read(Path.of(name));
        }
        final DataStore store = DataStore.standard();
        if (!known.contains(name)) {
            throw new IllegalArgumentException("data: got " + name + ", allowed: " + NAMES);
        }
        if (!store.complete(name)) {
            throw new IOException(name + " is not in " + store.root() + "; bring it with: tern data fetch " + name);
        }
        return store.load(name);
    }

    /** All of MNIST where it is, else the sample that comes with the library. */
    static DataSet mnistOrSample() throws IOException {
        final DataStore store = DataStore.standard();
        return store.complete("mnist") ? store.load("mnist") : EmbeddedSample.load();
    }
}
