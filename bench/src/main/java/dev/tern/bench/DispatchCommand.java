package dev.tern.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scripts/bench dispatch}. */
@Command(name = "dispatch", description = "What a run costs besides its kernel: downcall, plan, fork and join.")
final class DispatchCommand implements Callable<Integer> {

    @Option(names = "--quick", description = "Fewer and shorter turns.")
    private boolean quick;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2", description = "Threads that fork and join.")
    private int threads;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the document there.")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        final Results.Method method = quick ? Suite.QUICK_METHOD : Suite.METHOD;
        final List<Row> rows = DispatchSuite.measure(threads, method);
        final Results results =
                new Results(Provenance.machine(), Provenance.commit(), method, List.of(), rows, List.of(), List.of());
        if (json != null) {
            results.write(json);
        }
        final PrintWriter out = spec.commandLine().getOut();
        Table.of(results).forEach(table -> out.println(table.toText()));
        out.flush();
        return 0;
    }
}
