package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What follows the weighted sums of a layer: bias and ReLU, both ways. */
final class BiasEpilogue {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Engine engine;
    private final Trained bias;
    private final boolean addsToBias;
    private final boolean relu;
    private final Forward forward;
    private final Backward backward;

    /** {@code bias} is null where a layer has none. */
    BiasEpilogue(
            final Engine engine, final int width, final Trained bias, final boolean addsToBias, final boolean relu) {
        this.engine = engine;
        this.bias = bias;
        this.addsToBias = addsToBias;
        this.relu = relu;
        forward = new Forward(width, relu ? 0 : Float.NEGATIVE_INFINITY);
        backward = new Backward(width, relu);
    }

    /** One that changes nothing. */
    static BiasEpilogue none(final Engine engine) {
        return new BiasEpilogue(engine, 1, null, false, false);
    }

    private long rows(final Tensor y) {
        return y.shape().elements() / forward.width();
    }

    /** {@code y = activation(y + bias)}. */
    void forward(final Tensor y) {
        if (bias == null && !relu) {
            return;
        }
        if (bias != null) {
            MemorySegment.copy(bias.value().segment(), F32, 0, forward.tiledBias, 0, forward.width());
            forward.repeat(forward.tiledBias);
        }
        forward.y = y.segment();
        forward.over(rows(y), engine);
    }

    /** Takes from {@code gradient} what the activation blocked, and sums its columns into the bias's gradient. */
    void backward(final Tensor y, final Tensor gradient) {
        if (bias == null && !relu) {
            return;
        }
        backward.y = y.segment();
        backward.gradient = gradient.segment();
        backward.over(rows(y), engine);
        if (bias != null) {
            addSums(bias.gradient().segment());
        }
    }

    private void addSums(final MemorySegment to) {
        for (int column = 0; column < backward.width(); column++) {
            final float before = addsToBias ? to.getAtIndex(F32, column) : 0;
            to.setAtIndex(F32, column, before + backward.sum(0, column));
        }
    }

    private static final class Forward extends ColumnPass {
        private final float[] tiledBias = tile();
        private final float floor;
        private MemorySegment y;

        Forward(final int width, final float floor) {
            super(width, 1, 0);
            this.floor = floor;
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, y, first, length);
            addBias(values, tiledBias, floor, length);
            store(values, y, first, length);
        }

        private static void addBias(final float[] y, final float[] bias, final float floor, final int length) {
            for (int i = 0; i < length; i++) {
                y[i] = Math.max(y[i] + bias[i], floor);
            }
        }
    }

    private static final class Backward extends ColumnPass {
        private final boolean relu;
        private MemorySegment y;
        private MemorySegment gradient;

        Backward(final int width, final boolean relu) {
            super(width, 2, 1);
            this.relu = relu;
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] passed = load(workspace, 0, gradient, first, length);
            if (relu) {
                mask(passed, load(workspace, 1, y, first, length), length);
                store(passed, gradient, first, length);
            }
            addAll(workspace.floats(2, block()), passed, length);
        }

        /**
         * A ReLU's output is 0 or positive, so its sign is the slope; a choice by {@code ?:} would not be vector code.
         */
        private static void mask(final float[] gradient, final float[] y, final int length) {
            for (int i = 0; i < length; i++) {
                gradient[i] *= Math.signum(y[i]);
            }
        }
    }
}
