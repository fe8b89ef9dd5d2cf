package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.model.BatchNorm;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Batch normalization by the statistics of the batch, over its m rows of channels.
 *
 * <pre>
 * n  = (x - mean) * d, d = 1 / sqrt(variance + epsilon)      y  = n * scale + shift
 * dshift = sum of dy     dscale = sum of dy * n              dx = scale * d * (dy - dshift / m - n * dscale / m)
 * </pre>
 *
 * <p>Sums of x and of its squares are taken from the first row on, as differences from it, so that a large mean does
 * not swallow the variance (Chan, Golub and LeVeque, 1983).
 */
final class BatchNormStage implements Stage {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Engine engine;
    private final BatchNorm layer;
    private final Value x;
    private final Value y;
    private final Trained scale;
    private final Trained shift;
    private final boolean addsToParameters;
    private final MemorySegment keptMean;
    private final MemorySegment keptVariance;
    private final Contribution byInput;
    private final Moments moments;
    private final Scaling scaling;
    private final Products products;
    private final Gradient gradient;
    private final float[] mean;
    private final float[] deviation; // d

    BatchNormStage(
            final Engine engine,
            final BatchNorm layer,
            final Value x,
            final Value y,
            final ParameterSet parameters,
            final boolean addsToParameters) {
        this.engine = engine;
        this.layer = layer;
        this.x = x;
        this.y = y;
        this.addsToParameters = addsToParameters;
        scale = parameters.get(layer.scale());
        shift = parameters.get(layer.shift());
        keptMean = parameters.observed(layer.mean()).segment();
        keptVariance = parameters.observed(layer.variance()).segment();
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        final int channels = Math.toIntExact(scale.value().length(0));
        moments = new Moments(channels);
        scaling = new Scaling(channels);
        products = new Products(channels);
        gradient = new Gradient(channels);
        mean = new float[channels];
        deviation = new float[channels];
    }

    private long rows(final Tensor values) {
        return values.shape().elements() / mean.length;
    }

    @Override
    public void forward(final int batch) {
        final Tensor values = x.value(batch);
        final long rows = rows(values);
        if (rows == 0) {
            return;
        }
        moments.measure(values.segment(), rows);
        for (int c = 0; c < mean.length; c++) {
            final double apart = moments.sum(0, c) / (double) rows;
            final double variance = Math.max(0, moments.sum(1, c) / (double) rows - apart * apart);
            mean[c] = (float) (moments.tiledFirst[c] + apart);
            deviation[c] = (float) (1 / Math.sqrt(variance + layer.epsilon()));
            keep(keptMean, c, mean[c]);
            keep(keptVariance, c, (float) (variance * rows / Math.max(1, rows - 1)));
        }
        scaling.write(values.segment(), y.value(batch).segment(), rows);
    }

    private void keep(final MemorySegment kept, final int channel, final float seen) {
        final float before = kept.getAtIndex(F32, channel);
        kept.setAtIndex(F32, channel, before + layer.momentum() * (seen - before));
    }

    @Override
    public void backward(final int batch) {
        final Tensor values = x.value(batch);
        final long rows = rows(values);
        if (rows == 0) {
            return;
        }
        products.measure(values.segment(), y.gradient(batch).segment(), rows);
        for (int c = 0; c < mean.length; c++) {
            add(shift.gradient().segment(), c, products.sum(0, c));
            add(scale.gradient().segment(), c, products.sum(1, c));
        }
        if (byInput != null) {
            gradient.write(
                    values.segment(),
                    y.gradient(batch).segment(),
                    byInput.target(batch).segment(),
                    rows);
            byInput.add(batch);
        }
    }

    private void add(final MemorySegment to, final int channel, final float sum) {
        to.setAtIndex(F32, channel, addsToParameters ? to.getAtIndex(F32, channel) + sum : sum);
    }

    private static float at(final Trained parameter, final int channel) {
        return parameter.value().segment().getAtIndex(F32, channel);
    }

    /** Sums of {@code x - first} and of its square. */
    private final class Moments extends ColumnPass {
        private final float[] tiledFirst = tile();
        private MemorySegment from;

        Moments(final int channels) {
            super(channels, 1, 2);
        }

        void measure(final MemorySegment values, final long rows) {
            from = values;
            MemorySegment.copy(values, F32, 0, tiledFirst, 0, width());
            repeat(tiledFirst);
            over(rows, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, from, first, length);
            add(values, tiledFirst, workspace.floats(1, block()), workspace.floats(2, block()), length);
        }

        private static void add(
                final float[] x, final float[] first, final float[] sums, final float[] squares, final int length) {
            for (int i = 0; i < length; i++) {
                final float apart = x[i] - first[i];
                sums[i] += apart;
                squares[i] += apart * apart;
            }
        }
    }

    /** {@code y = x * factor + offset}. */
    private final class Scaling extends ColumnPass {
        private final float[] factors = tile();
        private final float[] offsets = tile();
        private MemorySegment from;
        private MemorySegment to;

        Scaling(final int channels) {
            super(channels, 1, 0);
        }

        void write(final MemorySegment values, final MemorySegment results, final long rows) {
            for (int c = 0; c < width(); c++) {
                factors[c] = at(scale, c) * deviation[c];
                offsets[c] = at(shift, c) - mean[c] * factors[c];
            }
            repeat(factors);
            repeat(offsets);
            from = values;
            to = results;
            over(rows, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, from, first, length);
            for (int i = 0; i < length; i++) {
                values[i] = values[i] * factors[i] + offsets[i];
            }
            store(values, to, first, length);
        }
    }

    /** Sums of dy and of {@code dy * n}. */
    private final class Products extends ColumnPass {
        private final float[] means = tile();
        private final float[] deviations = tile();
        private MemorySegment of;
        private MemorySegment by;

        Products(final int channels) {
            super(channels, 2, 2);
        }

        void measure(final MemorySegment values, final MemorySegment gradients, final long rows) {
            System.arraycopy(mean, 0, means, 0, width());
            System.arraycopy(deviation, 0, deviations, 0, width());
            repeat(means);
            repeat(deviations);
            of = values;
            by = gradients;
            over(rows, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, of, first, length);
            final float[] gradients = load(workspace, 1, by, first, length);
            addAll(workspace.floats(2, block()), gradients, length);
            final float[] sums = workspace.floats(3, block());
            for (int i = 0; i < length; i++) {
                sums[i] += gradients[i] * ((values[i] - means[i]) * deviations[i]);
            }
        }
    }

    /** {@code dx = dy * factor + x * slope + offset}, which the formula of the stage comes to. */
    private final class Gradient extends ColumnPass {
        private final float[] factors = tile();
        private final float[] slopes = tile();
        private final float[] offsets = tile();
        private MemorySegment of;
        private MemorySegment by;
        private MemorySegment to;

        Gradient(final int channels) {
            super(channels, 2, 0);
        }

        void write(
                final MemorySegment values,
                final MemorySegment gradients,
                final MemorySegment results,
                final long rows) {
            for (int c = 0; c < width(); c++) {
                factors[c] = at(scale, c) * deviation[c];
                slopes[c] = -factors[c] * deviation[c] * products.sum(1, c) / rows;
                offsets[c] = -factors[c] * products.sum(0, c) / rows - mean[c] * slopes[c];
            }
            repeat(factors);
            repeat(slopes);
            repeat(offsets);
            of = values;
            by = gradients;
            to = results;
            over(rows, engine);
        }

        @Override
        void pass(final Workspace workspace, final long first, final int length) {
            final float[] values = load(workspace, 0, of, first, length);
            final float[] gradients = load(workspace, 1, by, first, length);
            for (int i = 0; i < length; i++) {
                values[i] = gradients[i] * factors[i] + values[i] * slopes[i] + offsets[i];
            }
            store(values, to, first, length);
        }
    }
}
