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

    /** {@code rate}, times {@code factor} after each of so many equal parts of the training. */
    static LearningRate step(final float rate, final float factor, final int parts) {
        if (parts < 1) {
            throw new IllegalArgumentException("parts: got " + parts + ", allowed: at least 1");
        }
        return (step, steps) -> (float) (rate * Math.pow(factor, parts * step / steps));
    }

    /** First up in a line over {@code count} steps, then this schedule over those that are left. */
    default LearningRate warmUp(final long count) {
        return (step, steps) -> step < count
                ? at(0, Math.max(1, steps - count)) * (step + 1) / count
                : at(step - count, Math.max(1, steps - count));
    }
}
