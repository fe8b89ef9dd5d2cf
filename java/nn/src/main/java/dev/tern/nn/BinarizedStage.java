package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.model.Binarized;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Weighted sums of signs, with gradients that go straight through them. An inner stage multiplies {@code s = sign(x)}
 * by {@code b = sign(w)} in floats, exactly, and {@code y = alpha * sum}, as where signs are bits. Then, the inner
 * stage having got {@code alpha * dy},
 *
 * <pre>
 * dw = db / alpha * (1 / n + alpha where |w| is at most 1)     n terms in a sum
 * dx = ds where |x| is at most 1
 * </pre>
 *
 * <p>Source: Rastegari et al., XNOR-Net (2016), §3.1, equation 12.
 */
final class BinarizedStage implements Stage {
    private final Value x;
    private final Value y;
    private final Value signs;
    private final Trained weight;
    private final Trained binary;
    private final Contribution byInput;
    private final Stage sums;
    private final Signs signsOf;
    private final StraightThrough through;
    private final Weights weights;
    private final Alpha alpha;
    private final boolean addsToWeight;

    /** Makes the stage that multiplies signs by binary weights. */
    interface Inner {
        Stage of(Value signs, Trained binary);
    }

    BinarizedStage(
            final Engine engine,
            final Value x,
            final Value y,
            final Trained weight,
            final boolean addsToWeight,
            final Inner inner) {
        this.x = x;
        this.y = y;
        this.weight = weight;
        this.addsToWeight = addsToWeight;
        signs = x.alike();
        binary = new Trained(weight.name(), 0, alike(weight.value()), alike(weight.value()));
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        sums = inner.of(signs, binary);
        signsOf = new Signs(engine);
        through = new StraightThrough(engine);
        alpha = new Alpha(engine, Math.toIntExact(weight.value().length(0)));
        weights = new Weights();
    }

    private static Tensor alike(final Tensor tensor) {
        return Tensor.allocate(DataType.F32, tensor.shape());
    }

    @Override
    public void forward(final int batch) {
        signsOf.write(x.value(batch).segment(), signs.value(batch).segment());
        weights.binarize();
        sums.forward(batch);
        alpha.scale(y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        alpha.scale(y.gradient(batch));
        sums.backward(batch);
        weights.backward();
        if (byInput != null) {
            through.write(
                    x.value(batch).segment(),
                    signs.gradient(batch).segment(),
                    byInput.target(batch).segment());
            byInput.add(batch);
        }
    }

    /** One thread's work, as they are few beside a batch. */
    private final class Weights {
        private final float[] values =
                new float[Math.toIntExact(weight.value().shape().elements())];
        private final float[] gradients = new float[values.length];
        private final float[] sums = new float[values.length];
        private final int terms = values.length / Math.max(1, alpha.width());

        void binarize() {
            ColumnPass.load(weight.value(), values);
            alpha.take(values);
            for (int i = 0; i < values.length; i++) {
                gradients[i] = values[i] >= 0 ? 1 : -1;
            }
            ColumnPass.store(gradients, binary.value().segment(), 0, gradients.length);
        }

        void backward() {
            ColumnPass.load(binary.gradient(), gradients);
            if (addsToWeight) {
                ColumnPass.load(weight.gradient(), sums);
            } else {
                Arrays.fill(sums, 0);
            }
            for (int i = 0; i < values.length; i++) {
                final float slope = Math.abs(values[i]) <= 1 ? 1 : 0;
                sums[i] += gradients[i] * (1 / (terms * alpha.of(i / terms)) + slope);
            }
            ColumnPass.store(sums, weight.gradient().segment(), 0, sums.length);
        }
    }

    /** {@code y = alpha * y}, of each output. */
    private static final class Alpha extends ColumnPass {
        private final Engine engine;
        private final float[] alpha;
        private final float[] tiled = tile();
        private MemorySegment y;

        Alpha(final Engine engine, final int outputs) {
            super(outputs, 1, 0);
            this.engine = engine;
            alpha = new float[outputs];
        }

        void take(final float[] values) {
            Binarized.scales(values, alpha);
            System.arraycopy(alpha, 0, tiled, 0, alpha.length);
            repeat(tiled);
        }

        float of(final int output) {
            return alpha[output];
        }

        void scale(final Tensor values) {
            y = values.segment();
            over(values.shape().elements() / Math.max(1, width()), engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, y, first, length);
            for (int i = 0; i < length; i++) {
                values[i] *= tiled[i];
            }
            store(values, y, first, length);
        }
    }

    /** {@code s = sign(x)}, that of 0 being 1. */
    private static final class Signs extends ColumnPass {
        private final Engine engine;
        private MemorySegment from;
        private MemorySegment to;

        Signs(final Engine engine) {
            super(1, 1, 0);
            this.engine = engine;
        }

        void write(final MemorySegment values, final MemorySegment results) {
            from = values;
            to = results;
            over(values.byteSize() / Float.BYTES, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, from, first, length);
            for (int i = 0; i < length; i++) {
                values[i] = Math.signum(Math.signum(values[i]) + 0.5f);
            }
            store(values, to, first, length);
        }
    }

    /** {@code dx = ds where |x| is at most 1}. */
    private static final class StraightThrough extends ColumnPass {
        private static final float BEYOND_ONE = Math.nextUp(1f);

        private final Engine engine;
        private MemorySegment of;
        private MemorySegment by;
        private MemorySegment to;

        StraightThrough(final Engine engine) {
            super(1, 2, 0);
            this.engine = engine;
        }

        void write(final MemorySegment values, final MemorySegment gradients, final MemorySegment results) {
            of = values;
            by = gradients;
            to = results;
            over(values.byteSize() / Float.BYTES, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, of, first, length);
            final float[] gradients = load(workspace, 1, by, first, length);
            for (int i = 0; i < length; i++) {
                gradients[i] *= Math.max(Math.signum(BEYOND_ONE - Math.abs(values[i])), 0);
            }
            store(gradients, to, first, length);
        }
    }
}
