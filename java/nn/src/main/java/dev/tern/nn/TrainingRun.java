package dev.tern.nn;

import dev.tern.model.Graph;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One training, from its first epoch or from a checkpoint to its last. */
final class TrainingRun {
    private final Trainer settings;
    private final Replication replicas;
    private final Partition partition;
    private final GradientExchange exchange;
    private final Map<String, String> words;
    private final SampleOrder order;
    private final Samples held;
    private final ModelPart part;
    private final BatchLoader loader;
    private final GradientSum sum;
    private final long steps;
    private final List<EpochResult> results = new ArrayList<>();
    private Graph current;
    private Graph best;

    TrainingRun(final Trainer settings, final Samples samples) {
        this.settings = settings;
        replicas = settings.replicas;
        partition = settings.partition;
        words = settings.settings(samples);
        order = new SampleOrder(samples.size(), settings.validation, settings.seed);
        held = order.heldBack(samples);
        final Checkpoint start = settings.start;
        final Transform transform = settings.transform(samples.format());
        current = transform.on(start == null ? settings.graph : start.graph());
        best = current;
        final int share = Math.ceilDiv(settings.batch, replicas.size());
        final long seed = settings.seed + SampleOrder.GOLDEN_RATIO * replicas.rank();
        part = partition.part(current, settings.engine, share, seed);
        replicas.copyFromFirst(part.parameters());
        exchange = replicas.exchange(part.parameters());
        loader = new BatchLoader(samples, transform, settings.seed, settings.engine, share);
        sum = settings.wholeSet ? new GradientSum(part.parameters(), settings.engine) : null;
        steps = (long) settings.epochs * (settings.wholeSet ? 1 : Math.ceilDiv(order.size(), settings.batch));
        settings.optimizer.begin(part.parameters());
        if (start != null) {
            resume(start);
        }
    }

    private void resume(final Checkpoint start) {
        start.requireSettings(words);
        part.resumeAt(start.passes());
        final int kept = settings.optimizer.memory().length;
        settings.optimizer.resume(part.parameters(), start.steps(), partition.own(start.memory(), kept));
        exchange.resume(ownErrors(start.errors()));
        results.addAll(start.epochs());
        best = start.best();
    }

    /** Those of all replicas of the first part come first. */
    private float[] ownErrors(final float[] joined) {
        final int mine = exchange.memory().length;
        return replicas.own(partition.own(joined, mine * replicas.size()), mine);
    }

    /** Once each size of a batch, and what is held back. */
    void rehearse() {
        final int[] chosen = order.of(1);
        final int last = (chosen.length - 1) / settings.batch * settings.batch;
        differentiate(chosen, 1, 0, Math.min(settings.batch, chosen.length));
        differentiate(chosen, 1, last, chosen.length - last);
        validated();
    }

    TrainingResult train() throws IOException {
        while (results.size() < settings.epochs && sinceBest() < settings.patience) {
            final EpochResult result = epoch(results.size() + 1);
            results.add(result);
            if (sinceBest() == 0) {
                best = current;
            }
            writeCheckpoint();
            settings.listener.epochDone(result);
        }
        return new TrainingResult(settings.patience == Integer.MAX_VALUE ? current : best, results);
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

    private boolean isFirst() {
        return replicas.isFirst() && partition.isFirst();
    }

    /** All ranks give what it takes; the first writes it. */
    private void writeCheckpoint() throws IOException {
        if (settings.checkpoint == null) {
            return;
        }
        final float[] memory = partition.join(settings.optimizer.memory());
        final float[] errors = partition.join(replicas.join(exchange.memory()));
        if (isFirst()) {
            new Checkpoint(
                            current,
                            best,
                            words,
                            settings.engine.choices(),
                            part.passes(),
                            settings.optimizer.steps(),
                            memory,
                            errors,
                            results)
                    .write(settings.checkpoint);
        }
    }

    private EpochResult epoch(final int epoch) {
        final long start = System.nanoTime();
        final int[] chosen = order.of(epoch);
        final int trained = chosen.length;
        BatchResult total = BatchResult.NONE;
        int done = 0;
        for (int from = 0; from < trained; from += settings.batch) {
            final int size = Math.min(settings.batch, trained - from);
            final BatchResult result = differentiate(chosen, epoch, from, size);
            requireFinite(result.loss(), epoch, from / settings.batch + 1);
            total = total.plus(result);
            done += share(size);
            if (sum != null) {
                sum.add(size / (float) trained);
            } else {
                step();
            }
            settings.listener.stepDone(epoch, from + size, trained, total.loss() / Math.max(1, done));
        }
        if (sum != null) {
            sum.take();
            step();
        }
        final double loss = sumOfAll(total.loss()) / trained;
        final double accuracy = sumOfAll(total.correct()) / trained;
        final double seconds = (System.nanoTime() - start) / 1e9;
        replicas.averageStatistics(part.parameters());
        current = part.whole();
        return new EpochResult(epoch, loss, accuracy, validated(), seconds, trained / seconds);
    }

    private int share(final int count) {
        return replicas.part(count, replicas.rank() + 1) - replicas.part(count, replicas.rank());
    }

    private double sumOfAll(final double value) {
        return replicas.sum(partition.sum(value));
    }

    /** Makes the gradients those of a batch, to which each replica adds its part. */
    private BatchResult differentiate(final int[] chosen, final int epoch, final int from, final int size) {
        final int mine = share(size);
        exchange.begin(mine / (float) size);
        final BatchResult result =
                mine == 0 ? nothing() : part.differentiate(batch(chosen, epoch, from, size), exchange);
        exchange.finish();
        return result;
    }

    private Batch batch(final int[] chosen, final int epoch, final int from, final int size) {
        return new Batch(loader, chosen, from + replicas.part(size, replicas.rank()), share(size), epoch);
    }

    /** A replica without a sample of the batch. */
    private BatchResult nothing() {
        part.parameters().gradients().segment().fill((byte) 0);
        return BatchResult.NONE;
    }

    private void requireFinite(final double loss, final int epoch, final int step) {
        if (!Double.isFinite(loss)) {
            throw new TrainingDivergedException(loss, epoch, step, part.firstNotFinite());
        }
    }

    private void step() {
        final float rate = settings.learningRate.at(settings.optimizer.steps(), steps);
        settings.optimizer.step(part, rate, settings.engine);
    }

    /** On what is held back, each rank on its part of it. */
    private Evaluation validated() {
        if (held.size() == 0) {
            return null;
        }
        final int ranks = replicas.size() * partition.size();
        final int rank = replicas.rank() * partition.size() + partition.rank();
        final Samples mine =
                held.slice((int) ((long) held.size() * rank / ranks), (int) ((long) held.size() * (rank + 1) / ranks));
        final Evaluation result = Evaluation.of(current, mine, settings.engine);
        final double loss = mine.size() == 0 ? 0 : result.loss() * mine.size();
        return new Evaluation(held.size(), (int) sumOfAll(result.correct()), sumOfAll(loss) / held.size());
    }
}
