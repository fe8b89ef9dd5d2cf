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
        words = settings.settings(samples);
        base = IntStream.range(0, samples.size()).toArray();
        shuffle(base, base.length, 0);
        trained = samples.size() - (int) (samples.size() * settings.validation);
        order = Arrays.copyOf(base, trained);
        held = samples.select(Arrays.copyOfRange(base, trained, base.length));
        final Checkpoint start = settings.start;
        final Transform transform = settings.transform(samples.format());
        final Graph graph = transform.on(start == null ? settings.graph : start.graph());
        network = new Network(graph, settings.engine, settings.batch, settings.seed);
        loader = new BatchLoader(samples, transform, settings.seed, settings.engine, settings.batch);
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
            if (settings.checkpoint != null) {
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
        correct = 0;
        for (int from = 0; from < trained; from += settings.batch) {
            final int size = Math.min(settings.batch, trained - from);
            total += gradient(epoch, from, size) * size;
            if (sum != null) {
                sum.add(size / (float) trained);
            } else {
                step();
            }
            settings.listener.stepDone(epoch, from + size, trained, total / (from + size));
        }
        if (sum != null) {
            sum.take();
            step();
        }
        final double seconds = (System.nanoTime() - start) / 1e9;
        final Evaluation validated = held.size() == 0 ? null : Evaluation.of(network.snapshot(), held, settings.engine);
        return new EpochResult(
                epoch, total / trained, (double) correct / trained, validated, seconds, trained / seconds);
    }

    private double gradient(final int epoch, final int from, final int size) {
        final Tensor labels = loader.load(order, from, size, epoch, network.input(size));
        network.forward(size);
        final double loss = entropy.evaluate(network.output(size), labels, network.outputGradient(size));
        if (!Double.isFinite(loss)) {
            throw new TrainingDivergedException(loss, epoch, from / settings.batch + 1, network.firstNotFinite(size));
        }
        correct += Evaluation.correct(network.output(size), labels);
        network.backward(size);
        return loss;
    }

    private void step() {
        final float rate = settings.learningRate.at(settings.optimizer.steps(), steps);
        settings.optimizer.step(network.parameters(), rate, settings.engine);
    }
}
