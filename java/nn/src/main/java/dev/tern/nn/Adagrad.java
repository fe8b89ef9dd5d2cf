package dev.tern.nn;

import java.util.List;

/**
 * Steps that shrink with what an element has moved: {@code s += g^2; w -= rate * g / (sqrt(s) + epsilon)}.
 *
 * <p>Source: Duchi, Hazan and Singer, Adaptive Subgradient Methods (2011).
 */
public final class Adagrad extends Optimizer {
    private static final float EPSILON = 1e-10f;

    private float rate;
    private float[][] squares;

    public Adagrad() {}

    @Override
    void allocateState(final int blocks) {
        squares = new float[blocks][BLOCK];
    }

    @Override
    List<float[]> state() {
        return List.of(squares);
    }

    @Override
    void beginStep(final float learningRate, final long step) {
        rate = learningRate;
    }

    @Override
    void updateBlock(
            final float[] value, final float[] gradient, final int block, final int length, final boolean decays) {
        final float[] s = squares[block];
        final float step = rate;
        for (int i = 0; i < length; i++) {
            final float g = gradient[i] + FLUSH - FLUSH;
            final float sum = s[i] + g * g;
            s[i] = sum;
            value[i] -= step * g / ((float) Math.sqrt(sum) + EPSILON);
        }
    }
}
