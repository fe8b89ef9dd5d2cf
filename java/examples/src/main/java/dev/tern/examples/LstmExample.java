package dev.tern.examples;

import dev.tern.Engine;
import dev.tern.model.Graph;
import dev.tern.model.ValueType;
import dev.tern.nn.Checkpoint;
import dev.tern.nn.EpochResult;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingResult;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trains two LSTM layers to read digits row by row, and goes on from a checkpoint as if nothing had happened. */
public final class LstmExample {
    private static final int EPOCHS = 5;

    private LstmExample() {}

    /** An image as 28 steps of 28 pixels; what the last step says decides. */
    private static Graph network() {
        return Graph.builder("rows")
                .input("rows", ValueType.f32(28, 28))
                .lstm("lstm1", 64)
                .lstm("lstm2", 64)
                .lastStep("last")
                .linear("logits", 10)
                .build();
    }

    private static Trainer trainer(final Engine engine, final Path checkpoint) {
        return new Trainer(Initializer.initialise(network(), 1), engine)
                .epochs(EPOCHS)
                .batch(32)
                .learningRate(LearningRate.cosine(6e-3f))
                .checkpoint(checkpoint);
    }

    /** What was right of the test images. */
    static double run(final Path folder) throws IOException {
        final DataSet digits = EmbeddedSample.load();
        final Path file = folder.resolve("rows.safetensors");
        try (Engine engine = Engine.builder().build()) {
            trainer(engine, file).train(digits.train());
        }
        final Checkpoint checkpoint = Checkpoint.read(file);
        for (final EpochResult epoch : checkpoint.epochs()) {
            System.out.printf(
                    "epoch %d: loss %.3f, validation accuracy %.1f %%%n",
                    epoch.epoch(), epoch.loss(), 100 * epoch.validation().accuracy());
        }
        // Every epoch is done, so that this yields what the first engine trained; after a kill it would train the rest.
        try (Engine engine = Engine.builder().choices(checkpoint.choices()).build()) {
            final TrainingResult result =
                    trainer(engine, file).resume(checkpoint).train(digits.train());
            return Evaluation.of(result.graph(), digits.test(), engine).accuracy();
        }
    }

    public static void main(final String[] arguments) throws IOException {
        System.out.printf("accuracy %.1f %%%n", 100 * run(Files.createTempDirectory("tern-example")));
    }
}
