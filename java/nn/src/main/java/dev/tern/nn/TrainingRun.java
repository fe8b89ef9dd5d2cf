package dev.tern.nn;

import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** One training, from its first epoch or from a checkpoint to its last. */
final class TrainingRun {
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final Trainer settings;
    private final Replication replicas;
    private final GradientExchange exchange;
    private final Map<String, String> words;
    private final int[] order;
    private final int[] base;
    private final int trained;
    private final Samples held;
    private final Network network;
    private final Loss entropy = new SoftmaxCrossEntropy();
    private final BatchLoader loader;
    private final GradientSum sum;
    private final long steps;
    private final List<EpochResult> results = new ArrayList<>();
    private Graph best;
    private int correct;

    TrainingRun(final Trainer settings, final Samples samples) {
        this.settings = settings;
        replicas = settings.replicas;
        words = settings.settings(samples);
        base = IntStream.range(0, samples.size()).toArray();
        shuffle(base, base.length, 0);
        trained = samples.size() - (int) (samples.size() * settings.validation);
        order = Arrays.copyOf(base, trained);
        held = samples.select(Arrays.copyOfRange(base, trained, base.length));
        final Checkpoint start = settings.start;
        final Transform transform = settings.transform(samples.format());
        final Graph graph = transform.on(start == null ? settings.graph : start.graph());
        final int share = Math.ceilDiv(settings.batch, replicas.size());
        network = new Network(graph, settings.engine, share, settings.seed + GOLDEN_RATIO * replicas.rank());
        replicas.copyFromFirst(network.parameters());
        exchange = replicas.exchange(network.parameters());
        loader = new BatchLoader(samples, transform, settings.seed, settings.engine, share);
        sum = settings.wholeSet ? new GradientSum(network.parameters(), settings.engine) : null;
        steps = (long) settings.epochs * (settings.wholeSet ? 1 : Math.ceilDiv(trained, settings.batch));
        best = graph;
        if (start != null) {
            resume(start);
        }
    }

    private void resume(final Checkpoint start) {
        start.requireSettings(words);
        network.resumeAt(start.passes());
        settings.optimizer.resume(network.parameters(), start.steps(), start.memory());
        results.addAll(start.epochs());
        best = start.best();
    }

    /** Fisher and Yates, of the first {@code count}, another order for each epoch. */
    private void shuffle(final int[] places, final int count, final int epoch) {
        final SplittableRandom random = new SplittableRandom(settings.seed + GOLDEN_RATIO * epoch);
        for (int i = count - 1; i > 0; i--) {
            final int j = random.nextInt(i + 1);
            final int swapped = places[i];
            places[i] = places[j];
            places[j] = swapped;
        }
    }

    TrainingResult train() throws IOException {
        while (results.size() < settings.epochs && sinceBest() < settings.patience) {
            final EpochResult result = epoch(results.size() + 1);
            results.add(result);
            if (sinceBest() == 0) {
                best = network.snapshot();
            }
            if (settings.checkpoint != null && replicas.rank() == 0) {
                checkpoint().write(settings.checkpoint);
            }
            settings.listener.epochDone(result);
        }
        return new TrainingResult(settings.patience == Integer.MAX_VALUE ? network.snapshot() : best, results);
    }

    /** Epochs after the one of the least validation loss; where nothing is held back the last is the best. */
    private int sinceBest() {
        int since = 0;
        double least = Double.POSITIVE_INFINITY;
        for (final EpochResult result : results) {
            final double loss = result.validation() == null
                    ? Double.NEGATIVE_INFINITY
                    : result.validation().loss();
            since = loss <= least ? 0 : since + 1;
            least = Math.min(least, loss);
        }
        return since;
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(
                network.snapshot(),
                best,
                words,
                settings.engine.choices(),
                network.passes(),
                settings.optimizer.steps(),
                settings.optimizer.memory(),
                results);
    }

    private EpochResult epoch(final int epoch) {
        final long start = System.nanoTime();
        System.arraycopy(base, 0, order, 0, trained);
        shuffle(order, trained, epoch);
        double total = 0;
        int done = 0;
        correct = 0;
        for (int from = 0; from < trained; from += settings.batch) {
            final int size = Math.min(settings.batch, trained - from);
            total += gradient(epoch, from, size);
            done += replicas.part(size, replicas.rank() + 1) - replicas.part(size, replicas.rank());
            if (sum != null) {
                sum.add(size / (float) trained);
            } else {
                step();
            }
            settings.listener.stepDone(epoch, from + size, trained, total / Math.max(1, done));
        }
        if (sum != null) {
            sum.take();
            step();
        }
        final double loss = replicas.sum(total) / trained;
        final double accuracy = replicas.sum(correct) / trained;
        final double seconds = (System.nanoTime() - start) / 1e9;
        return new EpochResult(epoch, loss, accuracy, validated(), seconds, trained / seconds);
    }

    /** On what is held back, each replica on its part of it. */
    private Evaluation validated() {
        replicas.averageStatistics(network.parameters());
        if (held.size() == 0) {
            return null;
        }
        final Samples part = held.slice(
                replicas.part(held.size(), replicas.rank()), replicas.part(held.size(), replicas.rank() + 1));
        final Evaluation mine = Evaluation.of(network.snapshot(), part, settings.engine);
        final double loss = part.size() == 0 ? 0 : mine.loss() * part.size();
        return new Evaluation(held.size(), (int) replicas.sum(mine.correct()), replicas.sum(loss) / held.size());
    }

    /**
     * Makes the gradients those of a batch, to which each replica adds its part; returns the sum of the losses of this
     * one's samples.
     */
    private double gradient(final int epoch, final int from, final int size) {
        final int first = from + replicas.part(size, replicas.rank());
        final int mine = from + replicas.part(size, replicas.rank() + 1) - first;
        exchange.begin(mine / (float) size);
        final double loss = mine == 0 ? none() : backward(epoch, first, mine);
        exchange.finish();
        return loss;
    }

    /** A replica without a sample of the batch. */
    private double none() {
        network.parameters().gradients().segment().fill((byte) 0);
        return 0;
    }

    private double backward(final int epoch, final int first, final int count) {
        final Tensor labels = loader.load(order, first, count, epoch, network.input(count));
        network.forward(count);
        final double loss = entropy.evaluate(network.output(count), labels, network.outputGradient(count));
        if (!Double.isFinite(loss)) {
            throw new TrainingDivergedException(loss, epoch, first / settings.batch + 1, network.firstNotFinite(count));
        }
        correct += Evaluation.correct(network.output(count), labels);
        network.backward(count, exchange);
        return loss * count;
    }

    private void step() {
        final float rate = settings.learningRate.at(settings.optimizer.steps(), steps);
        settings.optimizer.step(network.parameters(), rate, settings.engine);
    }
}
