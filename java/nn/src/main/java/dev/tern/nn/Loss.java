package dev.tern.nn;

import dev.tern.Tensor;

/** What training makes small: a number for a batch, and its gradient. */
public sealed interface Loss permits KullbackLeibler, MeanSquaredError, SoftmaxCrossEntropy {
    /** The mean over the batch; writes its gradient by {@code y} to {@code gradient}. Allocates nothing. */
    double evaluate(Tensor y, Tensor target, Tensor gradient);

    /** The mean over the batch. */
    double evaluate(Tensor y, Tensor target);
}
