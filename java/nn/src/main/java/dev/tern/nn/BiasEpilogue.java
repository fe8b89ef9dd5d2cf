package dev.tern.nn;

import dev.tern.Tensor;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What follows the GEMM of a layer: bias and ReLU, both ways. It works on blocks of rows in plain arrays, which the
 * compiler turns into vector code, as it does not for loops over several memory segments.
 */
final class BiasEpilogue {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BLOCK = 4096;

    private final Trained bias;
    private final boolean addsToBias;
    private final boolean relu;
    private final int width;
    private final float[] perColumn;
    private final float[] block;
    private final float[] outputs;

    /** {@code bias} is null where a layer has none. */
    BiasEpilogue(final int width, final Trained bias, final boolean addsToBias, final boolean relu) {
        this.bias = bias;
        this.addsToBias = addsToBias;
        this.relu = relu;
        this.width = width;
        perColumn = new float[width];
        block = new float[Math.max(1, BLOCK / Math.max(1, width)) * width];
        outputs = new float[block.length];
    }

    /** {@code y = activation(y + bias)}. */
    void forward(final Tensor y) {
        if (bias == null && !relu) {
            return;
        }
        if (bias != null) {
            MemorySegment.copy(bias.value().segment(), F32, 0, perColumn, 0, width);
        }
        final MemorySegment rows = y.segment();
        final long elements = rows.byteSize() / Float.BYTES;
        for (long at = 0; at < elements; at += block.length) {
            final int length = (int) Math.min(block.length, elements - at);
            MemorySegment.copy(rows, F32, at * Float.BYTES, block, 0, length);
            for (int row = 0; row < length; row += width) {
                addBias(block, row);
            }
            MemorySegment.copy(block, 0, rows, F32, at * Float.BYTES, length);
        }
    }

    private void addBias(final float[] y, final int row) {
        final float[] b = perColumn;
        final float floor = relu ? 0 : Float.NEGATIVE_INFINITY;
        for (int i = 0; i < b.length; i++) {
            y[row + i] = Math.max(y[row + i] + b[i], floor);
        }
    }

    /** Takes from {@code gradient} what the activation blocked, and sums its columns into the bias's gradient. */
    void backward(final Tensor y, final Tensor gradient) {
        if (bias == null && !relu) {
            return;
        }
        startColumnSums();
        final MemorySegment rows = gradient.segment();
        final long elements = rows.byteSize() / Float.BYTES;
        for (long at = 0; at < elements; at += block.length) {
            final int length = (int) Math.min(block.length, elements - at);
            MemorySegment.copy(rows, F32, at * Float.BYTES, block, 0, length);
            if (relu) {
                MemorySegment.copy(y.segment(), F32, at * Float.BYTES, outputs, 0, length);
                mask(block, outputs, length);
                MemorySegment.copy(block, 0, rows, F32, at * Float.BYTES, length);
            }
            for (int row = 0; row < length; row += width) {
                sumColumns(block, row);
            }
        }
        if (bias != null) {
            MemorySegment.copy(perColumn, 0, bias.gradient().segment(), F32, 0, width);
        }
    }

    private void startColumnSums() {
        if (bias != null && addsToBias) {
            MemorySegment.copy(bias.gradient().segment(), F32, 0, perColumn, 0, width);
        } else {
            Arrays.fill(perColumn, 0);
        }
    }

    private static void mask(final float[] gradient, final float[] y, final int length) {
        for (int i = 0; i < length; i++) {
            gradient[i] = y[i] > 0 ? gradient[i] : 0;
        }
    }

    private void sumColumns(final float[] gradient, final int row) {
        final float[] sums = perColumn;
        for (int i = 0; i < sums.length; i++) {
            sums[i] += gradient[row + i];
        }
    }
}
