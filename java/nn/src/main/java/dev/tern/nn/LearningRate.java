package dev.tern.nn;

/** The learning rate as training goes on. */
@FunctionalInterface
public interface LearningRate {
    /** For step {@code step} of {@code steps}, counted from 0. */
    float at(long step, long steps);

    static LearningRate constant(final float rate) {
        return (step, steps) -> rate;
    }

    /** From {@code rate} down to nearly 0 along half a cosine. */
    static LearningRate cosine(final float rate) {
        return (step, steps) -> (float) (rate * 0.5 * (1 + Math.cos(Math.PI * step / steps)));
    }
}
