package dev.tern.nn;

import java.util.List;

/**
 * Stochastic gradient descent with momentum: {@code v = momentum * v + g; w -= rate * v}, or, after Nesterov, {@code w
 * -= rate * (g + momentum * v)}. On all samples at once and without momentum it is plain gradient descent. Its weight
 * decay is {@link #l2}.
 *
 * <p>Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013), in the form
 * that most frameworks use.
 */
public final class Sgd extends Optimizer {
    private final float momentum;
    private final float ahead;
    private float rate;
    private float[][] velocity;

    public Sgd(final float momentum) {
        this(momentum, 0);
    }

    private Sgd(final float momentum, final float ahead) {
        this.momentum = momentum;
        this.ahead = ahead;
    }

    /** Looks ahead by one more step of the velocity. */
    public static Sgd nesterov(final float momentum) {
        return new Sgd(momentum, 1);
    }

    @Override
    void allocateState(final int blocks) {
        velocity = new float[blocks][BLOCK];
    }

    @Override
    List<float[]> state() {
        return List.of(velocity);
    }

    @Override
    void beginStep(final float learningRate, final long step) {
        rate = learningRate;
    }

    @Override
    void updateBlock(
            final float[] value, final float[] gradient, final int block, final int length, final boolean decays) {
        final float[] v = velocity[block];
        final float mu = momentum;
        final float ofVelocity = rate * (ahead == 0 ? 1 : mu);
        final float ofGradient = rate * ahead;
        for (int i = 0; i < length; i++) {
            v[i] = mu * v[i] + gradient[i] + FLUSH - FLUSH;
            value[i] -= ofVelocity * v[i] + ofGradient * gradient[i];
        }
    }
}
