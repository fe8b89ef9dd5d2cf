package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.nn.data.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Trains a classifier by mini-batches. The same graph, samples, settings, threads and kernels give the same bits. Test
 * samples have no place here: what is held back for validation is taken from the training samples.
 */
public final class Trainer {
    private final Graph graph;
    private final Engine engine;
    private int epochs = 8;
    private int batch = 64;
    private Optimizer optimizer = new Adam();
    private LearningRate learningRate = LearningRate.cosine(4e-3f);
    private long seed = 1;
    private double validation = 1 / 12.0;
    private TrainingListener listener = TrainingListener.SILENT;

    /** {@code graph} has logits as its output and, from {@link Initializer} or before, weights to begin with. */
    public Trainer(final Graph graph, final Engine engine) {
        this.graph = Objects.requireNonNull(graph, "graph");
        this.engine = Objects.requireNonNull(engine, "engine");
    }

    public Trainer epochs(final int count) {
        epochs = requirePositive("epochs", count);
        return this;
    }

    public Trainer batch(final int samples) {
        batch = requirePositive("batch", samples);
        return this;
    }

    public Trainer optimizer(final Optimizer fresh) {
        optimizer = Objects.requireNonNull(fresh, "optimizer");
        return this;
    }

    public Trainer learningRate(final LearningRate rate) {
        learningRate = Objects.requireNonNull(rate, "learningRate");
        return this;
    }

    /** Decides the order of samples and which are held back. */
    public Trainer seed(final long value) {
        seed = value;
        return this;
    }

    /** The share of the samples that is held back. */
    public Trainer validation(final double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("validation: got " + share + ", allowed: 0 up to, not including, 1");
        }
        validation = share;
        return this;
    }

    public Trainer listener(final TrainingListener heard) {
        listener = Objects.requireNonNull(heard, "listener");
        return this;
    }

    private static int requirePositive(final String what, final int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + ": got " + value + ", allowed: at least 1");
        }
        return value;
    }

    public TrainingResult train(final Samples samples) {
        Evaluation.requireFits(graph, samples);
        final SplittableRandom random = new SplittableRandom(seed);
        final int[] order = IntStream.range(0, samples.size()).toArray();
        shuffle(order, order.length, random);
        final int trained = samples.size() - (int) (samples.size() * validation);
        final Samples held = samples.select(Arrays.copyOfRange(order, trained, order.length));
        return new Run(samples, order, trained, held, random).train();
    }

    /** Fisher and Yates, of the first {@code count}. */
    private static void shuffle(final int[] order, final int count, final SplittableRandom random) {
        for (int i = count - 1; i > 0; i--) {
            final int j = random.nextInt(i + 1);
            final int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    private final class Run {
        private final int[] order;
        private final int trained;
        private final Samples held;
        private final SplittableRandom random;
        private final Network network = new Network(graph, engine, batch);
        private final Loss entropy = new SoftmaxCrossEntropy();
        private final BatchLoader loader;
        private final long steps;
        private long step;

        Run(
                final Samples samples,
                final int[] order,
                final int trained,
                final Samples held,
                final SplittableRandom random) {
            this.order = order;
            this.trained = trained;
            this.held = held;
            this.random = random;
            loader = new BatchLoader(samples, engine, batch);
            steps = (long) epochs * Math.ceilDiv(trained, batch);
        }

        TrainingResult train() {
            final List<EpochResult> results = new ArrayList<>();
            for (int epoch = 1; epoch <= epochs; epoch++) {
                results.add(epoch(epoch));
                listener.epochDone(results.getLast());
            }
            return new TrainingResult(network.snapshot(), results);
        }

        private EpochResult epoch(final int epoch) {
            final long start = System.nanoTime();
            shuffle(order, trained, random);
            double sum = 0;
            for (int from = 0; from < trained; from += batch) {
                final int size = Math.min(batch, trained - from);
                sum += step(epoch, from, size) * size;
                listener.stepDone(epoch, from + size, trained, sum / (from + size));
            }
            final double seconds = (System.nanoTime() - start) / 1e9;
            final Evaluation validated = held.size() == 0 ? null : Evaluation.of(network.snapshot(), held, engine);
            return new EpochResult(epoch, sum / trained, validated, seconds, trained / seconds);
        }

        private double step(final int epoch, final int from, final int size) {
            final Tensor labels = loader.load(order, from, size, network.input(size));
            network.forward(size);
            final double loss = entropy.evaluate(network.output(size), labels, network.outputGradient(size));
            if (!Double.isFinite(loss)) {
                throw new TrainingDivergedException(loss, epoch, from / batch + 1, network.firstNotFinite(size));
            }
            network.backward(size);
            optimizer.step(network.parameters(), learningRate.at(step++, steps), engine);
            return loss;
        }
    }
}
