package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.model.Graph;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import dev.tern.nn.Adam;
import dev.tern.nn.EpochResult;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Optimizer;
import dev.tern.nn.Sgd;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingResult;
import dev.tern.nn.data.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
    private static final float MOMENTUM = 0.9f;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "mlp, lenet-300-100, or a file to go on from.")
    private String model;

    @Option(names = "--data", required = true, paramLabel = "NAME", description = DataArgument.NAMES)
    private String data;

    @Option(names = "--epochs", paramLabel = "N", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "64", description = "Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--optimizer", defaultValue = "adam", description = "${COMPLETION-CANDIDATES}. Default: adam.")
    private OptimizerName optimizer;

    @Option(names = "--lr", paramLabel = "F", description = "First learning rate; it falls along half a cosine.")
    private Float learningRate;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private EngineOptions engines;

    @Option(names = "--save", paramLabel = "FILE", description = "Where to put the trained model, as safetensors.")
    private Path save;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    /** The optimizers, with the learning rates that suit them. */
    enum OptimizerName {
        ADAM(4e-3f) {
            @Override
            Optimizer create() {
                return new Adam();
            }
        },
        SGD(0.05f) {
            @Override
            Optimizer create() {
                return new Sgd(MOMENTUM);
            }
        };

        private final float learningRate;

        OptimizerName(final float learningRate) {
            this.learningRate = learningRate;
        }

        abstract Optimizer create();
    }

    /** What {@code --json} prints. */
    record Report(String model, String data, List<EpochResult> epochs, Evaluation test, double testAccuracy) {}

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final DataSet set = DataArgument.load(data);
        final Graph graph = initialised(ModelArgument.load(model));
        try (Engine engine = engines.engine(Tuning.CACHED)) {
            final TrainingResult result = train(graph, set, engine, out);
            final Evaluation test = Evaluation.of(result.graph(), set.test(), engine);
            report(out, set, result, test);
            save(result.graph(), test, out);
        }
        out.flush();
        return 0;
    }

    private Graph initialised(final Graph graph) {
        return Models.names().contains(model) ? Initializer.initialise(graph, seed) : graph;
    }

    private TrainingResult train(final Graph graph, final DataSet set, final Engine engine, final PrintWriter out) {
        final float rate = learningRate == null ? optimizer.learningRate : learningRate;
        try (TrainingBar bar = new TrainingBar(model, epochs, line -> print(out, line))) {
            return new Trainer(graph, engine)
                    .epochs(epochs)
                    .batch(batch)
                    .optimizer(optimizer.create())
                    .learningRate(LearningRate.cosine(rate))
                    .seed(seed)
                    .listener(bar)
                    .train(set.train());
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
