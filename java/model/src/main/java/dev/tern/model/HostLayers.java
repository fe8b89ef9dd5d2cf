package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Layers that the host computes itself, element by element, on dense tensors. */
public final class HostLayers {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private HostLayers() {}

    public static void relu(final Tensor x, final Tensor y) {
        final MemorySegment from = x.segment();
        final MemorySegment to = y.segment();
        for (long at = 0; at < from.byteSize(); at += Float.BYTES) {
            to.set(F32, at, Math.max(from.get(F32, at), 0));
        }
    }

    /** {@code y = x * factor + offset}, of each channel, the last dimension. */
    static void scale(final Tensor x, final Tensor y, final float[] factors, final float[] offsets) {
        final MemorySegment from = x.segment();
        final MemorySegment to = y.segment();
        final long rowBytes = (long) factors.length * Float.BYTES;
        for (long row = 0; row < from.byteSize(); row += rowBytes) {
            for (int channel = 0; channel < factors.length; channel++) {
                final long at = row + (long) channel * Float.BYTES;
                to.set(F32, at, from.get(F32, at) * factors[channel] + offsets[channel]);
            }
        }
    }

    /** Of each entry of {@code x}, of several steps, the last one. */
    public static void lastStep(final Tensor x, final Tensor y) {
        final long batch = x.length(0);
        final long bytes = batch == 0 ? 0 : y.segment().byteSize() / batch;
        final long stride = x.length(1) * bytes;
        for (long sample = 0; sample < batch; sample++) {
            final long last = (sample + 1) * stride - bytes;
            MemorySegment.copy(x.segment(), last, y.segment(), sample * bytes, bytes);
        }
    }

    /** Over the last dimension; the maximum is taken out first, so that no exponential overflows. */
    public static void softmax(final Tensor x, final Tensor y) {
        final MemorySegment from = x.segment();
        final MemorySegment to = y.segment();
        final long rowBytes = x.length(x.shape().rank() - 1) * Float.BYTES;
        for (long row = 0; row < from.byteSize(); row += rowBytes) {
            final float max = max(from, row, row + rowBytes);
            double sum = 0;
            for (long at = row; at < row + rowBytes; at += Float.BYTES) {
                final double exponential = Math.exp(from.get(F32, at) - max);
                to.set(F32, at, (float) exponential);
                sum += exponential;
            }
            for (long at = row; at < row + rowBytes; at += Float.BYTES) {
                to.set(F32, at, (float) (to.get(F32, at) / sum));
            }
        }
    }

    private static float max(final MemorySegment values, final long from, final long to) {
        float max = Float.NEGATIVE_INFINITY;
        for (long at = from; at < to; at += Float.BYTES) {
            max = Math.max(max, values.get(F32, at));
        }
        return max;
    }

    static void quantize(final Tensor x, final Tensor y, final Precision precision) {
        final Quantization quantization = precision.quantization();
        final DataType type = precision.type();
        final MemorySegment from = x.segment();
        final MemorySegment to = y.segment();
        for (long i = 0; i < to.byteSize(); i++) {
            final int q = quantization.quantize(from.get(F32, i * Float.BYTES), 0, type);
            to.set(ValueLayout.JAVA_BYTE, i, (byte) q);
        }
    }

    static void dequantize(final Tensor x, final Tensor y, final Precision precision) {
        final Quantization quantization = precision.quantization();
        final MemorySegment to = y.segment();
        for (long i = 0; i < x.segment().byteSize(); i++) {
            to.set(F32, i * Float.BYTES, quantization.dequantize(x.integerAt(i), 0));
        }
    }
}
