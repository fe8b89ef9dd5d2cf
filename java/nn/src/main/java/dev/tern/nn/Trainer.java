package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.model.Graph;
import dev.tern.nn.data.ImageFormat;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Trains a classifier by mini-batches. The same graph, samples, settings, threads and kernels give the same bits, also
 * where a training went on from a {@link Checkpoint}. Test samples have no place here: what is held back for validation
 * is taken from the training samples.
 */
public final class Trainer {
    final Graph graph;
    final Engine engine;
    private final Map<String, String> described = new LinkedHashMap<>();
    int epochs = 8;
    int batch = 64;
    boolean wholeSet;
    Optimizer optimizer = new Adam();
    LearningRate learningRate = LearningRate.cosine(4e-3f);
    long seed = 1;
    private Transform transform;
    double validation = 1 / 12.0;
    int patience = Integer.MAX_VALUE;
    Path checkpoint;
    Checkpoint start;
    Replication replicas = Replication.ALONE;
    Partition partition = Partition.WHOLE;
    TrainingListener listener = TrainingListener.SILENT;

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

    /** One step an epoch, on the gradient of all samples; a batch is then what is computed at a time. */
    public Trainer fullBatch() {
        wholeSet = true;
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

    /** Decides the order of samples, which are held back, and what their transform and layers draw. */
    public Trainer seed(final long value) {
        seed = value;
        return this;
    }

    /** How samples become inputs; by default as {@link Transform#of} finds in the graph. */
    public Trainer transform(final Transform made) {
        final long elements = graph.inputType().sample().elements();
        if (made.output().elements() != elements) {
            throw new IllegalArgumentException(
                    "transform: got %s, allowed: %d elements".formatted(made.output(), elements));
        }
        transform = made;
        return this;
    }

    Transform transform(final ImageFormat stored) {
        return transform == null ? Transform.of(graph, stored) : transform.requireFits(stored);
    }

    /** The share of the samples that is held back. */
    public Trainer validation(final double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("validation: got " + share + ", allowed: 0 up to, not including, 1");
        }
        validation = share;
        return this;
    }

    /** Stops after so many epochs in a row whose validation loss was not the least, and yields the best epoch. */
    public Trainer patience(final int count) {
        patience = requirePositive("patience", count);
        return this;
    }

    /** Writes a {@link Checkpoint} there after each epoch. */
    public Trainer checkpoint(final Path file) {
        checkpoint = Objects.requireNonNull(file, "checkpoint");
        return this;
    }

    /** Goes on from there; settings, optimizer and samples have to be those that it was made with. */
    public Trainer resume(final Checkpoint from) {
        start = Objects.requireNonNull(from, "resume");
        return this;
    }

    /**
     * Trains as one of several replicas, each on its part of every batch. All are given the same graph, samples and
     * settings; the first alone writes checkpoints, which all read when they go on.
     */
    public Trainer replicas(final Replication all) {
        replicas = Objects.requireNonNull(all, "replicas");
        return this;
    }

    /**
     * Trains as one of several ranks that have a part of the model each. All are given the same graph, samples and
     * settings; the first alone writes checkpoints.
     */
    public Trainer partition(final Partition all) {
        partition = Objects.requireNonNull(all, "partition");
        return this;
    }

    /** A setting that this class does not know of, held to its value in a checkpoint: of the data, or a rate's. */
    public Trainer describe(final String name, final String value) {
        described.put(name, value);
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

    /** What decides the bits of a training, beside the samples themselves and the rate. */
    Map<String, String> settings(final Samples samples) {
        final Map<String, String> settings = new LinkedHashMap<>(described);
        settings.put("model", graph.name());
        settings.put("samples", String.valueOf(samples.size()));
        settings.put("epochs", String.valueOf(epochs));
        settings.put("batch", wholeSet ? "all, " + batch + " at a time" : String.valueOf(batch));
        settings.put("optimizer", optimizer.getClass().getSimpleName());
        settings.put("transform", transform(samples.format()).json());
        settings.put("seed", String.valueOf(seed));
        settings.put("validation", String.valueOf(validation));
        settings.put("replicas", replicas.description());
        settings.put("partition", partition.description());
        settings.put("threads", String.valueOf(engine.threads()));
        return settings;
    }

    /**
     * Computes a first and a last batch once and trains nothing, so that the engine has chosen all kernels. Several
     * ranks that then take one another's choices are the same to the bit on any run; all of them call it.
     */
    public void rehearse(final Samples samples) {
        new TrainingRun(this, samples).rehearse();
    }

    /** Throws an {@link UncheckedIOException} where a checkpoint cannot be written. */
    public TrainingResult train(final Samples samples) {
        try {
            return new TrainingRun(this, samples).train();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
