package dev.tern.nn;

import dev.tern.nn.ParameterSet.Trained;

/** Makes the gradients of one replica those of all, between its backward pass and its step. */
public interface GradientExchange {
    /** For a replica that is alone. */
    GradientExchange NONE = new GradientExchange() {
        @Override
        public void begin(final float share) {}

        @Override
        public void gradientDone(final Trained parameter) {}

        @Override
        public void finish() {}
    };

    /** Before a backward pass; {@code share} is what this replica's gradients count in the sum, of 1 over all. */
    void begin(float share);

    /** During the pass: nothing will write to that gradient again, and nobody may read it until the end. */
    void gradientDone(Trained parameter);

    /** After the pass; returns when all gradients are the sum of those of all replicas, times their shares. */
    void finish();

    /** What it keeps between steps; of one length from the first step to the last. */
    default float[] memory() {
        return new float[0];
    }

    /** Goes on with what {@link #memory} was. */
    default void resume(final float[] memory) {}
}
