package dev.tern.nn;

import dev.tern.Tensor;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What follows the GEMM of a layer: bias and ReLU, both ways. Each row goes through a plain array, since the compiler
 * makes vector code of loops over arrays that share one index, and not of loops over memory segments.
 */
final class BiasEpilogue {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Trained bias;
    private final boolean addsToBias;
    private final boolean relu;
    private final int width;
    private final float[] perColumn;
    private final float[] row;
    private final float[] output;

    /** {@code bias} is null where a layer has none. */
    BiasEpilogue(final int width, final Trained bias, final boolean addsToBias, final boolean relu) {
        this.bias = bias;
        this.addsToBias = addsToBias;
        this.relu = relu;
        this.width = width;
        perColumn = new float[width];
        row = new float[width];
        output = new float[width];
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
        final long rowBytes = (long) width * Float.BYTES;
        for (long at = 0; at < rows.byteSize(); at += rowBytes) {
            MemorySegment.copy(rows, F32, at, row, 0, width);
            addBias(row, perColumn, relu ? 0 : Float.NEGATIVE_INFINITY);
            MemorySegment.copy(row, 0, rows, F32, at, width);
        }
    }

    private static void addBias(final float[] y, final float[] bias, final float floor) {
        for (int i = 0; i < y.length; i++) {
            y[i] = Math.max(y[i] + bias[i], floor);
        }
    }

    /** Takes from {@code gradient} what the activation blocked, and sums its columns into the bias's gradient. */
    void backward(final Tensor y, final Tensor gradient) {
        if (bias == null && !relu) {
            return;
        }
        startColumnSums();
        final MemorySegment rows = gradient.segment();
        final long rowBytes = (long) width * Float.BYTES;
        for (long at = 0; at < rows.byteSize(); at += rowBytes) {
            MemorySegment.copy(rows, F32, at, row, 0, width);
            if (relu) {
                MemorySegment.copy(y.segment(), F32, at, output, 0, width);
                mask(row, output);
                MemorySegment.copy(row, 0, rows, F32, at, width);
            }
            add(perColumn, row);
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

    /** A ReLU's output is 0 or positive, so its sign is the slope; a choice by {@code ?:} would not be vector code. */
    private static void mask(final float[] gradient, final float[] y) {
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= Math.signum(y[i]);
        }
    }

    private static void add(final float[] sums, final float[] terms) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += terms[i];
        }
    }
}
