package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.model.Graph;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import dev.tern.nn.Checkpoint;
import dev.tern.nn.EpochResult;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingResult;
import dev.tern.nn.data.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tern train mlp --data mnist --save mlp.safetensors}. */
@Command(name = "train", description = "Trains a model.", mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "mlp, lenet-300-100, lenet-5, cnn, lstm, or a file to begin with.")
    private String model;

    @Option(names = "--data", required = true, paramLabel = "NAME", description = DataArgument.NAMES)
    private String data;

    @Option(names = "--epochs", paramLabel = "N", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Mixin
    private OptimizerOptions optimizer;

    @Mixin
    private TransformOptions transform;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--validation",
            paramLabel = "F",
            description = "Share of the training samples that is held back. Default: a twelfth.")
    private Double validation;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stop after so many epochs without a better one, and keep the best.")
    private Integer patience;

    @Mixin
    private RankOptions ranks;

    @Mixin
    private EngineOptions engines;

    @Option(
            names = "--checkpoint",
            paramLabel = "FILE",
            description = "Written after each epoch, learning curves beside it. With --resume: that file by default.")
    private Path checkpoint;

    @Option(names = "--resume", paramLabel = "FILE", description = "A checkpoint to go on from, to the same bits.")
    private Path resume;

    @Option(names = "--save", paramLabel = "FILE", description = "Where to put the trained model, as safetensors.")
    private Path save;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    /** What {@code --json} prints. */
    record Report(String model, String data, List<EpochResult> epochs, Evaluation test, double testAccuracy) {}

    @Override
    public Integer call() throws IOException {
        final DataSet set = DataArgument.load(data);
        final Graph graph = initialised(ModelArgument.load(model));
        final Checkpoint start = resume == null ? null : Checkpoint.read(resume);
        ranks.run(rank -> train(graph, set, start, rank));
        return 0;
    }

    /** All ranks train; the first tells of it, and tests. */
    private void train(final Graph graph, final DataSet set, final Checkpoint start, final TrainingRank rank)
            throws IOException {
        try (Engine engine = engine(start == null ? rehearsed(graph, set, rank) : start.choices())) {
            final Trainer trainer = trainer(graph, set, engine, start, rank);
            if (rank.isFirst()) {
                train(trainer, set, start, engine);
            } else {
                trainer.train(set.train());
            }
        }
    }

    private Engine engine(final Map<String, String> choices) {
        return engines.engine(Tuning.MEASURE, choices, ranks.inProcess());
    }

    /** The kernels that several ranks agree on; one that is alone chooses as it goes. */
    private Map<String, String> rehearsed(final Graph graph, final DataSet set, final TrainingRank rank) {
        if (rank.isAlone()) {
            return Map.of();
        }
        try (Engine engine = engine(Map.of())) {
            trainer(graph, set, engine, null, rank).rehearse(set.train());
            return rank.agree(engine.choices());
        }
    }

    private void train(final Trainer trainer, final DataSet set, final Checkpoint start, final Engine engine)
            throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final TrainingResult result = train(trainer, set, start, out);
        final Evaluation test = Evaluation.of(result.graph(), set.test(), engine);
        report(out, set, result, test);
        save(result.graph(), test, out);
        out.flush();
    }

    private Graph initialised(final Graph graph) {
        return Models.names().contains(model) ? Initializer.initialise(graph, seed) : graph;
    }

    private Trainer trainer(
            final Graph graph,
            final DataSet set,
            final Engine engine,
            final Checkpoint start,
            final TrainingRank rank) {
        final Trainer trainer = transform
                .configure(optimizer.configure(new Trainer(graph, engine)), graph, set.train())
                .epochs(epochs)
                .batch(batch)
                .seed(seed)
                .replicas(rank.replicas())
                .partition(rank.partition())
                .describe("data", set.name());
        if (validation != null) {
            trainer.validation(validation);
        }
        if (patience != null) {
            trainer.patience(patience);
        }
        if (kept() != null) {
            trainer.checkpoint(kept());
        }
        return start == null ? trainer : trainer.resume(start);
    }

    private Path kept() {
        return checkpoint == null ? resume : checkpoint;
    }

    private TrainingResult train(
            final Trainer trainer, final DataSet set, final Checkpoint start, final PrintWriter out) {
        try (TrainingBar bar = new TrainingBar(model + " on " + set.name(), epochs, line -> print(out, line))) {
            bar.curves(kept(), start == null ? List.of() : start.epochs());
            return trainer.listener(bar).train(set.train());
        }
    }

    private void print(final PrintWriter out, final String line) {
        if (!json) {
            out.println(line);
            out.flush();
        }
    }

    private void report(final PrintWriter out, final DataSet set, final TrainingResult result, final Evaluation test) {
        if (json) {
            out.println(Json.write(new Report(model, set.name(), result.epochs(), test, test.accuracy())));
        } else {
            out.printf(
                    Locale.ROOT,
                    "test accuracy %.2f %% (%d of %d)%n",
                    100 * test.accuracy(),
                    test.correct(),
                    test.samples());
        }
    }

    private void save(final Graph graph, final Evaluation test, final PrintWriter out) throws IOException {
        if (save != null) {
            ModelFile.write(graph.withMetadata("test_accuracy", String.valueOf(test.accuracy())), save);
            print(out, "saved to " + save);
        }
    }
}
