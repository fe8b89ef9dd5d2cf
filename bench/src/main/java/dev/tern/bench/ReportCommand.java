package dev.tern.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code scripts/bench report}: rewrites the tables of docs/benchmarks.md from bench/results. */
@Command(name = "report", description = "Rewrites the tables of docs/benchmarks.md from bench/results/*.json.")
final class ReportCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException {
        final Path root = Provenance.root();
        if (root == null) {
            throw new IllegalStateException("no repository above " + Path.of("").toAbsolutePath());
        }
        BenchmarkPage.of(root).write();
        return 0;
    }
}
