package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.cli.TrainingBar;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.nn.Adam;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.FetchProgress;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The accuracy of a model that is trained anew, on test samples that are read once, at the end.
 *
 * @param goal in per cent
 * @param rate the first one, which falls along half a cosine
 */
record TrainedAccuracy(String model, String data, double goal, int epochs, float rate) implements Reproduction {
    private static final int BATCH = 64;
    private static final long SEED = 1;

    static TrainedAccuracy of(final String model, final String data, final double goal) {
        return new TrainedAccuracy(model, data, goal, 8, 4e-3f);
    }

    TrainedAccuracy epochs(final int count) {
        return new TrainedAccuracy(model, data, goal, count, rate);
    }

    TrainedAccuracy rate(final float first) {
        return new TrainedAccuracy(model, data, goal, epochs, first);
    }

    @Override
    public String name() {
        return model + "-" + data;
    }

    @Override
    public List<Figure> reproduce(final Consumer<String> lines) throws IOException, InterruptedException {
        final DataStore store = DataStore.standard();
        store.fetch(data, FetchProgress.SILENT);
        return figures(store.load(data), lines);
    }

    List<Figure> figures(final DataSet set, final Consumer<String> lines) {
        final Graph fresh = Initializer.initialise(Models.byName(model), SEED);
        try (Engine engine = Engine.builder().tuning(Tuning.MEASURE).build();
                TrainingBar bar = new TrainingBar(name(), epochs, lines)) {
            final Graph trained = new Trainer(fresh, engine)
                    .epochs(epochs)
                    .batch(BATCH)
                    .optimizer(new Adam().clip(1))
                    .learningRate(LearningRate.cosine(rate).warmUp(100))
                    .seed(SEED)
                    .listener(bar)
                    .train(set.train())
                    .graph();
            final double accuracy =
                    100 * Evaluation.of(trained, set.test(), engine).accuracy();
            return List.of(
                    Figure.atLeast(name(), "test accuracy after %d epochs, %%".formatted(epochs), goal, accuracy));
        }
    }
}
