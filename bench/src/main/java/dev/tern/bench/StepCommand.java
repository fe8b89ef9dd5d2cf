package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.nn.Initializer;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code scripts/bench step cnn --data cifar10}: where the time of a step of training goes. */
@Command(name = "step", description = "Where the time of a step of training goes.", mixinStandardHelpOptions = true)
final class StepCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "One of those that are known by name.")
    private String model;

    @Option(names = "--data", paramLabel = "NAME", description = "A fetched set. Default: the embedded sample.")
    private String data;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "Default: 64.")
    private int batch;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Default: 1.")
    private int threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        final DataSet set =
                data == null ? EmbeddedSample.load() : DataStore.standard().load(data);
        final Graph fresh = Initializer.initialise(Models.byName(model), 1);
        final Transform transform =
                Transform.of(fresh, set.train().format()).withFlips().normalized(Normalization.of(set.train()));
        try (Engine engine =
                Engine.builder().threads(threads).tuning(Tuning.MEASURE).build()) {
            print(new StepProfile(transform.on(fresh), set.train(), transform, batch, engine).median());
        }
        return 0;
    }

    private void print(final Map<String, Double> micros) {
        final double step = micros.values().stream().mapToDouble(time -> time).sum();
        final PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%-24s %10s %8s%n", model + ", batch " + batch, "us", "of all");
        micros.forEach((part, time) -> print(out, part, time, step));
        print(out, "all", step, step);
        final double around = micros.entrySet().stream()
                .filter(part -> StepProfile.AROUND.contains(part.getKey()))
                .mapToDouble(Map.Entry::getValue)
                .sum();
        print(out, String.join(", ", StepProfile.AROUND), around, step);
        out.flush();
    }

    private static void print(final PrintWriter out, final String part, final double micros, final double step) {
        out.printf(Locale.ROOT, "%-24s %10.1f %6.1f %%%n", part, micros, 100 * micros / step);
    }
}
