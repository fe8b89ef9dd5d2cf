package dev.tern.compress;

import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;

/**
 * Weights [outputs, inputs] as S8 in [-127, 127], symmetric, with a scale for each output; biases as S32 in units of
 * {@code inputScale * scale}.
 */
record QuantizedWeights(Tensor weight, Tensor bias, Quantization quantization) {
    private static final int LARGEST = 127;
    /** Leaves the sum of the products as much room as the bias takes. */
    private static final double LARGEST_BIAS = 1 << 30;

    /** {@code bias} may be null, and is then null here too. */
    static QuantizedWeights of(final Tensor weight, final Tensor bias, final float inputScale) {
        final int rows = Math.toIntExact(weight.length(0));
        final float[] reals = weight.toFloats();
        final float[] biases = bias == null ? new float[rows] : bias.toFloats();
        final int columns = rows == 0 ? 0 : reals.length / rows;
        final float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            scales[row] = scale(reals, row * columns, columns, biases[row], inputScale);
        }
        final Quantization quantization = Quantization.perChannel(scales);
        final byte[] quantized = new byte[reals.length];
        for (int i = 0; i < reals.length; i++) {
            final int q = quantization.quantize(reals[i], i / columns, DataType.S8);
            quantized[i] = (byte) Math.clamp(q, -LARGEST, LARGEST);
        }
        return new QuantizedWeights(
                Tensor.of(DataType.S8, weight.shape(), quantized),
                bias == null ? null : Tensor.of(Shape.of(rows), quantizedBiases(biases, scales, inputScale)),
                quantization);
    }

    /** The largest weight takes 127; a bias that dwarfs the weights widens the steps until it fits. */
    private static float scale(
            final float[] weights, final int from, final int count, final float bias, final float inputScale) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(weights[i]));
        }
        final float scale = (float) Math.max(largest / LARGEST, Math.abs(bias) / (inputScale * LARGEST_BIAS));
        return scale >= Float.MIN_NORMAL ? scale : 1;
    }

    private static int[] quantizedBiases(final float[] biases, final float[] scales, final float inputScale) {
        final int[] quantized = new int[biases.length];
        for (int i = 0; i < quantized.length; i++) {
            quantized[i] = (int) Math.rint(biases[i] / ((double) inputScale * scales[i]));
        }
        return quantized;
    }
}
