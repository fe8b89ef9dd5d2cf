package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.util.stream.IntStream;

/**
 * How well a classifier does on labelled samples.
 *
 * @param loss the mean softmax cross-entropy
 */
public record Evaluation(int samples, int correct, double loss) {
    private static final int BATCH = 256;

    public double accuracy() {
        return samples == 0 ? Double.NaN : (double) correct / samples;
    }

    /**
     * Runs all samples once, made into inputs as those were that the graph was trained with. A graph of floats is fed
     * with reals, one of {@link Pixels#PRECISION} with the bytes.
     */
    public static Evaluation of(final Graph graph, final Samples samples, final Engine engine) {
        final Samples inputs = Transform.of(graph, samples.format()).centred(samples);
        try (Executor executor = Executor.compile(graph, engine, BATCH);
                ExecutionContext context = executor.newContext()) {
            return evaluate(graph, inputs, context);
        }
    }

    private static Evaluation evaluate(final Graph graph, final Samples samples, final ExecutionContext context) {
        final Loss entropy = new SoftmaxCrossEntropy();
        final Tensor logits = Tensor.allocate(DataType.F32, graph.outputType().shape(BATCH));
        int correct = 0;
        double loss = 0;
        for (int from = 0; from < samples.size(); from += BATCH) {
            final int batch = Math.min(BATCH, samples.size() - from);
            final Tensor y = logits.first(batch);
            context.run(Pixels.of(samples, from, batch, graph.inputType()), y);
            final Tensor labels = labels(samples, from, batch);
            loss += entropy.evaluate(y, labels) * batch;
            correct += correct(y, labels);
        }
        return new Evaluation(samples.size(), correct, loss / samples.size());
    }

    private static Tensor labels(final Samples samples, final int from, final int count) {
        return Tensor.of(
                Shape.of(count),
                IntStream.range(from, from + count).map(samples::label).toArray());
    }

    /** How many rows of logits are largest at their label. */
    static int correct(final Tensor y, final Tensor labels) {
        final long classes = y.length(1);
        int correct = 0;
        for (long row = 0; row < y.length(0); row++) {
            int best = 0;
            for (int i = 1; i < classes; i++) {
                if (y.floatAt(row * classes + i) > y.floatAt(row * classes + best)) {
                    best = i;
                }
            }
            correct += best == labels.integerAt(row) ? 1 : 0;
        }
        return correct;
    }
}
