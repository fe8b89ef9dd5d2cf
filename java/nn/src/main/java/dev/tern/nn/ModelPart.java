package dev.tern.nn;

import dev.tern.model.Graph;

/**
 * What one rank has of a model that is trained: parameters, and the computation of their gradients. The ranks of a
 * {@link Partition} call the same methods in the same order.
 */
public interface ModelPart {
    /** Those of this rank. */
    ParameterSet parameters();

    /**
     * Makes their gradients those of the mean loss over a batch, and tells {@code exchange} of each as soon as it is
     * done. Returns what the first rank knows of the batch; other ranks return {@link BatchResult#NONE}.
     */
    BatchResult differentiate(Batch batch, GradientExchange exchange);

    /** The square of the Euclidean norm of the gradients by all parameters of the model. */
    double squaredGradientNorm();

    /** The first node of this part, in the last forward pass, whose value is not finite throughout; null if all are. */
    String firstNotFinite();

    /** The whole graph, with the parameters as they are now on all ranks. */
    Graph whole();

    /** How many forward passes it has made. */
    long passes();

    /** Goes on as after so many forward passes. */
    void resumeAt(long passes);
}
