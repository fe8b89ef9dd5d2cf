package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.model.Precision;
import dev.tern.model.ValueType;
import dev.tern.nn.data.Samples;
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

    /** Runs all samples once. A graph of floats is fed with reals, one of {@link Pixels#PRECISION} with the bytes. */
    public static Evaluation of(final Graph graph, final Samples samples, final Engine engine) {
        requireFits(graph, samples);
        try (Executor executor = Executor.compile(graph, engine, BATCH)) {
            return new Evaluator(graph, samples, engine, executor.newContext()).evaluate();
        }
    }

    static void requireFits(final Graph graph, final Samples samples) {
        final ValueType type = graph.inputType();
        if (type.sample().elements() != samples.format().bytes()) {
            throw new IllegalArgumentException(
                    "%s takes %s; the samples are %s".formatted(graph.name(), type, samples.format()));
        }
    }

    private static final class Evaluator {
        private final Graph graph;
        private final Samples samples;
        private final ExecutionContext context;
        private final BatchLoader loader;
        private final int[] order;
        private final Tensor reals;
        private final Tensor logits;

        Evaluator(final Graph graph, final Samples samples, final Engine engine, final ExecutionContext context) {
            this.graph = graph;
            this.samples = samples;
            this.context = context;
            loader = new BatchLoader(samples, engine, BATCH);
            order = IntStream.range(0, samples.size()).toArray();
            reals = Tensor.allocate(DataType.F32, graph.inputType().shape(BATCH));
            logits = Tensor.allocate(DataType.F32, graph.outputType().shape(BATCH));
        }

        Evaluation evaluate() {
            final Loss entropy = new SoftmaxCrossEntropy();
            int correct = 0;
            double loss = 0;
            for (int from = 0; from < samples.size(); from += BATCH) {
                final int batch = Math.min(BATCH, samples.size() - from);
                final Tensor labels = loader.load(order, from, batch, reals.first(batch));
                final Tensor y = logits.first(batch);
                context.run(input(from, batch), y);
                loss += entropy.evaluate(y, labels) * batch;
                correct += correct(y, labels);
            }
            return new Evaluation(samples.size(), correct, loss / samples.size());
        }

        private Tensor input(final int from, final int batch) {
            final Precision precision = graph.inputType().precision();
            if (precision.equals(Precision.F32)) {
                return reals.first(batch);
            }
            if (!precision.equals(Pixels.PRECISION)) {
                throw new IllegalArgumentException(
                        "%s takes %s; images are F32 or %s".formatted(graph.name(), precision, Pixels.PRECISION));
            }
            final int bytes = samples.format().bytes();
            final Shape shape = graph.inputType().shape(batch);
            return Tensor.wrap(samples.pixels().asSlice((long) from * bytes, (long) batch * bytes), DataType.U8, shape);
        }

        private static int correct(final Tensor y, final Tensor labels) {
            final int classes = Math.toIntExact(y.length(1));
            int correct = 0;
            for (int row = 0; row < y.length(0); row++) {
                int best = 0;
                for (int i = 1; i < classes; i++) {
                    if (y.floatAt((long) row * classes + i) > y.floatAt((long) row * classes + best)) {
                        best = i;
                    }
                }
                correct += best == labels.integerAt(row) ? 1 : 0;
            }
            return correct;
        }
    }
}
