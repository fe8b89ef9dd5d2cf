package dev.tern.cli;

import dev.tern.nn.data.DataCatalog;
import dev.tern.nn.data.DataDescription;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.FileState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tern data fetch mnist}. */
@Command(
        name = "data",
        description = "Fetches, lists and verifies data sets.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "fetch|list|verify")
final class DataCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(spec.commandLine(), "fetch, list or verify is missing");
    }

    @Command(description = "Brings a data set: from the folder, its home on the web, or a package.")
    int fetch(
            @Parameters(paramLabel = "NAME", description = "mnist, fashion-mnist, cifar10") final String name,
            @Option(names = "--dir", paramLabel = "DIR", description = "Folder of data sets.") final Path folder)
            throws IOException, InterruptedException {
        try (ProgressBar bar = Progress.bar("fetch " + name, -1)) {
            final List<FileState> files = store(folder).fetch(name, (what, done, total) -> {
                bar.setExtraMessage(what);
                bar.maxHint(total);
                bar.stepTo(done);
            });
            print(files);
        }
        return 0;
    }

    @Command(description = "Lists the data sets that can be fetched, and which are here.")
    int list(@Option(names = "--dir", paramLabel = "DIR", description = "Folder of data sets.") final Path folder)
            throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final DataStore store = store(folder);
        for (final DataDescription description : DataCatalog.STANDARD.all()) {
            final String state = store.complete(description.name()) ? "here" : "not here";
            out.printf("%-14s %-9s %s%n", description.name(), state, description.title());
        }
        out.println("in " + store.root());
        out.flush();
        return 0;
    }

    @Command(description = "Reads every file of a data set and compares its SHA-256.")
    int verify(
            @Parameters(paramLabel = "NAME", description = "mnist, fashion-mnist, cifar10") final String name,
            @Option(names = "--dir", paramLabel = "DIR", description = "Folder of data sets.") final Path folder)
            throws IOException {
        final List<FileState> files = store(folder).verify(name);
        print(files);
        return files.stream().allMatch(FileState::verified) ? 0 : 1;
    }

    private static DataStore store(final Path folder) {
        return folder == null ? DataStore.standard() : DataStore.at(folder);
    }

    private void print(final List<FileState> files) {
        final PrintWriter out = spec.commandLine().getOut();
        for (final FileState file : files) {
            out.printf(
                    "%-9s %s  %s%n", file.kind().name().toLowerCase(java.util.Locale.ROOT), file.path(), file.detail());
        }
        out.flush();
    }
}
