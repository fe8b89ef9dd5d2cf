package dev.tern.cli;

import dev.tern.nn.Adagrad;
import dev.tern.nn.Adam;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Optimizer;
import dev.tern.nn.Sgd;
import dev.tern.nn.Trainer;
import picocli.CommandLine.Option;

/** Which optimizer, and how its steps grow and shrink. */
final class OptimizerOptions {
    private static final float MOMENTUM = 0.9f;
    private static final float STEP_FACTOR = 0.1f;
    private static final int STEP_PARTS = 3;

    @Option(names = "--optimizer", defaultValue = "adam", description = "${COMPLETION-CANDIDATES}. Default: adam.")
    private Name name;

    @Option(names = "--lr", paramLabel = "F", description = "First learning rate; its default is the optimizer's.")
    private Float learningRate;

    @Option(
            names = "--schedule",
            defaultValue = "cosine",
            description = "How it falls: ${COMPLETION-CANDIDATES}; step: to a tenth after each third. Default: cosine.")
    private Schedule schedule;

    @Option(names = "--warm-up", paramLabel = "STEPS", defaultValue = "0", description = "Steps over which it rises.")
    private long warmUp;

    @Option(names = "--momentum", paramLabel = "F", description = "Of sgd. Default: 0.9.")
    private Float momentum;

    @Option(names = "--nesterov", description = "Of sgd: look ahead by a step.")
    private boolean nesterov;

    @Option(names = "--l1", paramLabel = "F", defaultValue = "0", description = "Penalty on the weights' sizes.")
    private float l1;

    @Option(names = "--l2", paramLabel = "F", defaultValue = "0", description = "Penalty on the weights' squares.")
    private float l2;

    @Option(names = "--clip", paramLabel = "F", description = "Longest gradient, by its Euclidean norm.")
    private Float clip;

    /** The optimizers, with the learning rates that suit them. */
    enum Name {
        GD(0.5f),
        SGD(0.05f),
        ADAGRAD(0.02f),
        ADAM(4e-3f);

        private final float learningRate;

        Name(final float learningRate) {
            this.learningRate = learningRate;
        }
    }

    /** How the learning rate falls. */
    enum Schedule {
        CONSTANT,
        COSINE,
        STEP
    }

    /** Hands optimizer and rate to {@code trainer}, and says what they are. */
    Trainer configure(final Trainer trainer) {
        if (name != Name.SGD && (momentum != null || nesterov)) {
            throw new IllegalArgumentException("momentum, nesterov: got with %s, allowed: with sgd".formatted(name));
        }
        final Optimizer optimizer = create().l1(l1).l2(l2);
        if (clip != null) {
            optimizer.clip(clip);
        }
        if (name == Name.GD) {
            trainer.fullBatch();
        }
        return trainer.optimizer(optimizer)
                .learningRate(rate().warmUp(warmUp))
                .describe("rate", "%s %s, warm-up %d".formatted(schedule, first(), warmUp))
                .describe("penalties", "l1 %s, l2 %s, clip %s".formatted(l1, l2, clip))
                .describe("momentum", momentum() + (nesterov ? " nesterov" : ""));
    }

    private Optimizer create() {
        return switch (name) {
            case GD -> new Sgd(0);
            case SGD -> nesterov ? Sgd.nesterov(momentum()) : new Sgd(momentum());
            case ADAGRAD -> new Adagrad();
            case ADAM -> new Adam();
        };
    }

    private float momentum() {
        return momentum == null ? MOMENTUM : momentum;
    }

    private float first() {
        return learningRate == null ? name.learningRate : learningRate;
    }

    private LearningRate rate() {
        return switch (schedule) {
            case CONSTANT -> LearningRate.constant(first());
            case COSINE -> LearningRate.cosine(first());
            case STEP -> LearningRate.step(first(), STEP_FACTOR, STEP_PARTS);
        };
    }
}
