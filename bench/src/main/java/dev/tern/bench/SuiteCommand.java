package dev.tern.bench;

import dev.tern.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A suite whose problems all systems solve side by side. Exit code 1 where an output was wrong or, in the smoke test, a
 * system did not run.
 */
abstract class SuiteCommand implements Callable<Integer> {

    @Option(names = "--quick", description = "A few shapes, within five minutes.")
    private boolean quick;

    @Option(names = "--smoke", description = "Small shapes, once: every system runs and is right.")
    private boolean smoke;

    @Option(names = "--threads", paramLabel = "N", description = "Only on N threads; by default on 1 and on 2.")
    private Integer threads;

    @Option(names = "--shape", paramLabel = "SHAPE", description = "Only this shape; may be repeated.")
    private List<String> shapes;

    @Option(names = "--type", paramLabel = "TYPE", description = "Only this type; may be repeated.")
    private List<String> types;

    @Option(names = "--system", paramLabel = "NAME", description = "Only this system; may be repeated.")
    private List<String> systems;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the document there.")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        final List<BenchCase> cases = cases();
        final Results results;
        try (Suite suite = new Suite(spec.name(), method())) {
            suite.start(chosenSystems(), threadCounts());
            suite.readPeaks();
            try (ProgressBar bar = Progress.bar(spec.name(), cases.size())) {
                for (final BenchCase problem : cases) {
                    bar.setExtraMessage(" " + problem.type().label() + " " + problem.shape());
                    suite.measure(problem);
                    bar.step();
                }
            }
            suite.readPeaks();
            results = suite.results(Provenance.machine(), Provenance.commit());
        }
        if (json != null) {
            results.write(json);
        }
        print(results, spec.commandLine().getOut());
        final boolean failed = smoke
                ? !results.failures().isEmpty()
                : results.failures().stream().anyMatch(Failure::wrong);
        return failed ? 1 : 0;
    }

    private void print(final Results results, final PrintWriter out) {
        if (smoke) {
            out.println(results.rows().size() + " times a system ran and was right");
        } else {
            Table.rates(results).forEach(table -> out.println(table.toText()));
            Table.floors(results).ifPresent(table -> out.println(table.toText()));
            Table.samples(results).ifPresent(table -> out.println(table.toText()));
            out.println(Table.summary(results).toText());
        }
        results.failures().forEach(failure -> out.println(failure.toText()));
        out.flush();
    }

    private List<Integer> threadCounts() {
        return threads != null ? List.of(threads) : smoke ? List.of(1) : List.of(1, 2);
    }

    private Results.Method method() {
        return smoke ? Suite.SMOKE_METHOD : quick ? Suite.QUICK_METHOD : Suite.METHOD;
    }

    private List<BenchCase> cases() {
        final List<BenchCase> cases = new ArrayList<>();
        for (final String type : types == null ? types() : types) {
            for (final String shape : parsed(() -> chosenShapes(type))) {
                cases.add(parsed(() -> BenchCase.of(op(), type, shape)));
            }
        }
        return cases;
    }

    private List<String> chosenShapes(final String type) {
        return shapes != null ? shapes : smoke ? smokeShapes() : quick ? quickShapes(type) : shapes(type);
    }

    /** What {@link BenchCase#of} takes. */
    abstract String op();

    /** Labels of all types that the suite has. */
    abstract List<String> types();

    abstract List<String> shapes(String type);

    abstract List<String> quickShapes(String type);

    abstract List<String> smokeShapes();

    private List<BenchSystem> chosenSystems() {
        return systems == null
                ? BenchSystems.all()
                : systems.stream()
                        .map(label -> parsed(() -> BenchSystems.named(label)))
                        .toList();
    }

    /** What a user misspelt is bad usage, not a failure. */
    private <T> T parsed(final Callable<T> argument) {
        try {
            return argument.call();
        } catch (final Exception e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
