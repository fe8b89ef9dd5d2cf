package dev.tern.nn;

import java.io.Serial;

/** The loss is no longer a number that training could make smaller. */
public final class TrainingDivergedException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    TrainingDivergedException(final double loss, final int epoch, final int step, final String node) {
        super("loss is %s in epoch %d, step %d; first layer with a value that is not finite: %s"
                .formatted(loss, epoch, step, node == null ? "none" : node));
    }
}
