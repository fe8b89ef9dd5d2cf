package dev.tern.examples;

import dev.tern.Engine;
import dev.tern.compress.PostTrainingQuantization;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trains a perceptron on handwritten digits, quantizes it to int8, saves it, and runs it from its file. */
public final class MlpExample {
    private MlpExample() {}

    /** What was right of the test images, in floats and in int8. */
    record Accuracies(double floats, double integers) {}

    static Accuracies run(final Path folder) throws IOException {
        final DataSet digits = EmbeddedSample.load();
        try (Engine engine = Engine.builder().build()) {
            final Graph fresh = Initializer.initialise(Models.byName("mlp"), 1);
            final Graph trained =
                    new Trainer(fresh, engine).epochs(8).train(digits.train()).graph();

            final Graph int8 = new PostTrainingQuantization(engine)
                    .quantize(trained, digits.train().slice(0, 512));
            final Path file = folder.resolve("mlp-int8.safetensors");
            ModelFile.write(int8, file);
            final Graph read = ModelFile.read(file);

            System.out.println(read);
            System.out.printf("%,d bytes, %,d before%n", read.parameterBytes(), trained.parameterBytes());
            try (Executor executor = Executor.compile(read, engine, 256)) {
                executor.layers()
                        .forEach(layer -> System.out.println(layer.plan().explain(256)));
            }
            return new Accuracies(
                    Evaluation.of(trained, digits.test(), engine).accuracy(),
                    Evaluation.of(read, digits.test(), engine).accuracy());
        }
    }

    public static void main(final String[] arguments) throws IOException {
        final Accuracies accuracies = run(Files.createTempDirectory("tern-example"));
        System.out.printf(
                "accuracy %.1f %% in floats, %.1f %% in int8%n",
                100 * accuracies.floats(), 100 * accuracies.integers());
    }
}
