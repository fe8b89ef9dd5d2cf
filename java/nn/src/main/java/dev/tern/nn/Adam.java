package dev.tern.nn;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Adam with decoupled weight decay (AdamW):
 *
 * <pre>
 * m = beta1 * m + (1 - beta1) * g
 * v = beta2 * v + (1 - beta2) * g^2
 * w = w - rate * decay * w - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>Source: Kingma and Ba, Adam (2015); Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019).
 */
public final class Adam extends Optimizer {
    private static final float EPSILON = 1e-8f;
    private static final float SQUARE_FLUSH = 1e-30f;

    private final float beta1;
    private final float beta2;
    private final float weightDecay;
    private float rate;
    private float stepRate;
    private float secondScale;
    private float[][] first;
    private float[][] second;

    /** The usual betas, and the decay that serves small image classifiers best. */
    public Adam() {
        this(0.9f, 0.999f, 0.1f);
    }

    public Adam(final float beta1, final float beta2, final float weightDecay) {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.weightDecay = weightDecay;
    }

    @Override
    void allocateState(final int blocks) {
        first = new float[blocks][BLOCK];
        second = new float[blocks][BLOCK];
    }

    @Override
    List<float[]> state() {
        return Stream.of(first, second).flatMap(Arrays::stream).toList();
    }

    @Override
    void beginStep(final float learningRate, final long step) {
        rate = learningRate;
        stepRate = (float) (learningRate / (1 - Math.pow(beta1, step)));
        secondScale = (float) (1 / (1 - Math.pow(beta2, step)));
    }

    @Override
    void updateBlock(
            final float[] value, final float[] gradient, final int block, final int length, final boolean decays) {
        final float[] m = first[block];
        final float[] v = second[block];
        final float b1 = beta1;
        final float b2 = beta2;
        final float keep = decays ? 1 - rate * weightDecay : 1;
        final float step = stepRate;
        final float scale = secondScale;
        for (int i = 0; i < length; i++) {
            final float g = gradient[i] + FLUSH - FLUSH;
            final float mean = b1 * m[i] + (1 - b1) * g + FLUSH - FLUSH;
            final float square = b2 * v[i] + (1 - b2) * g * g;
            m[i] = mean;
            v[i] = square + SQUARE_FLUSH - SQUARE_FLUSH;
            value[i] = value[i] * keep - step * mean / ((float) Math.sqrt(square * scale) + EPSILON);
        }
    }
}
