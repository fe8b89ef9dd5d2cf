package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.model.Graph;
import dev.tern.nn.Evaluation;
import dev.tern.nn.data.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tern eval mlp.safetensors --data mnist}. */
@Command(name = "eval", description = "Runs a model on a data set's test samples.", mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A model that was saved.")
    private String file;

    @Option(names = "--data", required = true, paramLabel = "NAME", description = DataArgument.NAMES)
    private String data;

    @Mixin
    private EngineOptions engines;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    /** What {@code --json} prints. */
    record Report(String model, String data, long bytes, int samples, int correct, double accuracy, double loss) {}

    @Override
    public Integer call() throws IOException {
        final Graph graph = ModelArgument.load(file);
        final DataSet set = DataArgument.load(data);
        final Evaluation test;
        try (Engine engine = engines.engine(Tuning.CACHED)) {
            test = Evaluation.of(graph, set.test(), engine);
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.write(new Report(
                    graph.name(),
                    set.name(),
                    graph.parameterBytes(),
                    test.samples(),
                    test.correct(),
                    test.accuracy(),
                    test.loss())));
        } else {
            out.printf(
                    Locale.ROOT,
                    "%s on %s: accuracy %.2f %% (%d of %d), loss %.4f, %,d bytes of parameters%n",
                    graph.name(),
                    set.name(),
                    100 * test.accuracy(),
                    test.correct(),
                    test.samples(),
                    test.loss(),
                    graph.parameterBytes());
        }
        out.flush();
        return 0;
    }
}
