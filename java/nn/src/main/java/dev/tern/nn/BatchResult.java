package dev.tern.nn;

import dev.tern.Tensor;

/**
 * How a batch went.
 *
 * @param loss the sum over its samples
 * @param correct how many logits are largest at their label
 */
public record BatchResult(double loss, int correct) {
    public static final BatchResult NONE = new BatchResult(0, 0);

    /** Of logits with this mean loss. */
    public static BatchResult of(final double meanLoss, final Tensor logits, final Tensor labels) {
        return new BatchResult(meanLoss * labels.length(0), Evaluation.correct(logits, labels));
    }

    public BatchResult plus(final BatchResult other) {
        return new BatchResult(loss + other.loss, correct + other.correct);
    }
}
