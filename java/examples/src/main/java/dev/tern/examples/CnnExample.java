package dev.tern.examples;

import dev.tern.Engine;
import dev.tern.Window;
import dev.tern.compress.PostTrainingQuantization;
import dev.tern.model.Graph;
import dev.tern.model.ValueType;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;

/** Builds a convolutional network, trains it on handwritten digits, and quantizes it to int8, convolutions included. */
public final class CnnExample {
    private CnnExample() {}

    /** What was right of the test images, in floats and in int8. */
    record Accuracies(double floats, double integers) {}

    /** Images of 28 x 28 bytes, one channel, to ten logits. Normalization is folded into the sums before it runs. */
    private static Graph network() {
        final Window five = Window.of(5, 5).padding(2);
        final Window half = Window.of(2, 2).stride(2);
        return Graph.builder("digits")
                .input("image", ValueType.f32(28, 28, 1))
                .conv2d("conv1", 16, five)
                .batchNorm("norm1")
                .relu("relu1")
                .maxPool("pool1", half)
                .conv2d("conv2", 32, five)
                .batchNorm("norm2")
                .relu("relu2")
                .maxPool("pool2", half)
                .flatten("features")
                .dropout("dropout", 0.3f)
                .linear("logits", 10)
                .build();
    }

    static Accuracies run() {
        final DataSet digits = EmbeddedSample.load();
        try (Engine engine = Engine.builder().build()) {
            final Graph trained = new Trainer(Initializer.initialise(network(), 1), engine)
                    .epochs(4)
                    .batch(64)
                    .learningRate(LearningRate.cosine(3e-3f).warmUp(50))
                    .train(digits.train())
                    .graph();
            final Graph int8 = new PostTrainingQuantization(engine)
                    .quantize(trained, digits.train().slice(0, 512));
            System.out.println(int8);
            return new Accuracies(
                    Evaluation.of(trained, digits.test(), engine).accuracy(),
                    Evaluation.of(int8, digits.test(), engine).accuracy());
        }
    }

    public static void main(final String[] arguments) {
        final Accuracies accuracies = run();
        System.out.printf(
                "accuracy %.1f %% in floats, %.1f %% in int8%n",
                100 * accuracies.floats(), 100 * accuracies.integers());
    }
}
