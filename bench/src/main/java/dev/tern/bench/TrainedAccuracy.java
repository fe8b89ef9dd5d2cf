package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Tuning;
import dev.tern.cli.TrainingBar;
import dev.tern.distributed.Compression;
import dev.tern.distributed.InProcess;
import dev.tern.distributed.RankReplication;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.nn.Adam;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Replication;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingListener;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.FetchProgress;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The accuracy of a model that is trained anew, on test samples that are read once, at the end.
 *
 * @param goal in per cent
 * @param rate the first one, which falls along half a cosine
 * @param flips whether images are mirrored at random
 * @param normalizes whether inputs have mean 0 and deviation 1
 * @param replicas of one process that share each batch, with gradients in int8 where there are several
 */
record TrainedAccuracy(
        String model, String data, double goal, int epochs, float rate, boolean flips, boolean normalizes, int replicas)
        implements Reproduction {
    private static final int BATCH = 64;
    private static final long SEED = 1;

    static TrainedAccuracy of(final String model, final String data, final double goal) {
        return new TrainedAccuracy(model, data, goal, 8, 4e-3f, false, false, 1);
    }

    TrainedAccuracy epochs(final int count) {
        return new TrainedAccuracy(model, data, goal, count, rate, flips, normalizes, replicas);
    }

    TrainedAccuracy rate(final float first) {
        return new TrainedAccuracy(model, data, goal, epochs, first, flips, normalizes, replicas);
    }

    TrainedAccuracy flipped() {
        return new TrainedAccuracy(model, data, goal, epochs, rate, true, normalizes, replicas);
    }

    TrainedAccuracy normalized() {
        return new TrainedAccuracy(model, data, goal, epochs, rate, flips, true, replicas);
    }

    TrainedAccuracy replicas(final int count) {
        return new TrainedAccuracy(model, data, goal, epochs, rate, flips, normalizes, count);
    }

    @Override
    public String name() {
        return model + "-" + data + (replicas == 1 ? "" : "-int8-gradients");
    }

    @Override
    public List<Figure> reproduce(final Consumer<String> lines) throws IOException, InterruptedException {
        final DataStore store = DataStore.standard();
        store.fetch(data, FetchProgress.SILENT);
        return figures(store.load(data), lines);
    }

    List<Figure> figures(final DataSet set, final Consumer<String> lines) {
        final double[] accuracy = new double[1];
        InProcess.run(replicas, ranks -> {
            final Graph trained = train(set, new RankReplication(ranks, Compression.INT8), lines);
            if (ranks.isFirst()) {
                accuracy[0] = accuracy(trained, set);
            }
        });
        final String what = "test accuracy after %d epochs%s, %%"
                .formatted(epochs, replicas == 1 ? "" : " of %d replicas".formatted(replicas));
        return List.of(Figure.atLeast(name(), what, goal, accuracy[0]));
    }

    private Graph train(final DataSet set, final Replication replica, final Consumer<String> lines) {
        final Graph fresh = Initializer.initialise(Models.byName(model), SEED);
        try (Engine engine = Engine.builder()
                        .tuning(Tuning.MEASURE)
                        .sharedBy(replicas)
                        .build();
                TrainingBar bar = replica.isFirst() ? new TrainingBar(name(), epochs, lines) : null) {
            return new Trainer(fresh, engine)
                    .epochs(epochs)
                    .batch(BATCH)
                    .optimizer(new Adam().clip(1))
                    .learningRate(LearningRate.cosine(rate).warmUp(100))
                    .seed(SEED)
                    .transform(transform(fresh, set))
                    .replicas(replica)
                    .listener(bar == null ? TrainingListener.SILENT : bar)
                    .train(set.train())
                    .graph();
        }
    }

    private Transform transform(final Graph fresh, final DataSet set) {
        final Transform fitting = Transform.of(fresh, set.train().format());
        final Transform flipped = flips ? fitting.withFlips() : fitting;
        return normalizes ? flipped.normalized(Normalization.of(set.train())) : flipped;
    }

    private static double accuracy(final Graph trained, final DataSet set) {
        try (Engine engine = Engine.builder().tuning(Tuning.MEASURE).build()) {
            return 100 * Evaluation.of(trained, set.test(), engine).accuracy();
        }
    }
}
