package dev.tern.nn;

import java.util.List;

/**
 * Stochastic gradient descent with momentum: {@code v = momentum * v + g + decay * w; w -= rate * v}.
 *
 * <p>Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013), in the form
 * that most frameworks use.
 */
public final class Sgd extends Optimizer {
    private final float momentum;
    private final float weightDecay;
    private float rate;
    private float[][] velocity;

    public Sgd(final float momentum, final float weightDecay) {
        this.momentum = momentum;
        this.weightDecay = weightDecay;
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
    void beginStep(final float learningRate) {
        rate = learningRate;
    }

    @Override
    void updateBlock(
            final float[] value, final float[] gradient, final int block, final int length, final boolean decays) {
        final float[] v = velocity[block];
        final float mu = momentum;
        final float decay = decays ? weightDecay : 0;
        final float step = rate;
        for (int i = 0; i < length; i++) {
            v[i] = mu * v[i] + gradient[i] + decay * value[i] + FLUSH - FLUSH;
            value[i] -= step * v[i];
        }
    }
}
