package dev.tern.reference;

import dev.tern.Conv2d;
import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.Window;
import java.util.Arrays;

/** The sums of {@link Conv2d}'s definition, one term at a time, in double or modulo 2^32. */
final class ReferenceConv2d {
    private final Conv2d conv;
    private final Window window;
    private final Epilogue epilogue;

    ReferenceConv2d(final Conv2d conv) {
        this.conv = conv;
        this.window = conv.window();
        this.epilogue = new Epilogue(conv.product());
    }

    /** @param scales of the positions, or null */
    void run(final Tensor a, final Tensor b, final Tensor scales, final Tensor y) {
        switch (conv.pass()) {
            case FORWARD -> forward(a, b, scales, y);
            case BACKWARD_DATA -> backwardData(a, b, y);
            case BACKWARD_WEIGHTS -> backwardWeights(a, b, y);
        }
    }

    /** One product of the sum: an input position, a filter's weight and an output position, as indices of tensors. */
    private interface Term {
        void at(long x, long weight, long y);
    }

    private void forward(final Tensor x, final Tensor weights, final Tensor scales, final Tensor y) {
        final Gemm product = conv.product();
        for (long image = 0; image < y.length(0); image++) {
            for (int o = 0; o < conv.filters(); o++) {
                for (int position = 0; position < conv.positions(); position++) {
                    final int za = product.aQuantization().zeroPoint(0);
                    final int zb = product.bQuantization().zeroPoint(o);
                    final double[] floats = new double[1];
                    final int[] integers = new int[1];
                    terms(image, o, position, x, weights, y, (atX, atWeight, atY) -> {
                        if (conv.isQuantized()) {
                            integers[0] += (x.integerAt(atX) - za) * (weights.integerAt(atWeight) - zb);
                        } else {
                            floats[0] += (double) x.floatAt(atX) * weights.floatAt(atWeight);
                        }
                    });
                    final long at = outputIndex(y, image, position) + o;
                    if (conv.isQuantized()) {
                        final float scale = Epilogue.scale(scales, image * conv.positions() + position);
                        epilogue.store(integers[0], o, scale, y, at);
                    } else {
                        epilogue.store(floats[0], o, y, at);
                    }
                }
            }
        }
    }

    private void backwardData(final Tensor dy, final Tensor weights, final Tensor dx) {
        final double[] sums = new double[extent(dx)];
        for (long image = 0; image < dy.length(0); image++) {
            allTerms(
                    image,
                    dx,
                    weights,
                    dy,
                    (atX, atWeight, atY) -> sums[(int) atX] += (double) dy.floatAt(atY) * weights.floatAt(atWeight));
        }
        store(sums, dx);
    }

    private void backwardWeights(final Tensor x, final Tensor dy, final Tensor dw) {
        final double[] sums = new double[extent(dw)];
        for (long image = 0; image < dy.length(0); image++) {
            allTerms(
                    image,
                    x,
                    dw,
                    dy,
                    (atX, atWeight, atY) -> sums[(int) atWeight] += (double) x.floatAt(atX) * dy.floatAt(atY));
        }
        store(sums, dw);
    }

    private void allTerms(final long image, final Tensor x, final Tensor weights, final Tensor y, final Term term) {
        for (int o = 0; o < conv.filters(); o++) {
            for (int position = 0; position < conv.positions(); position++) {
                terms(image, o, position, x, weights, y, term);
            }
        }
    }

    /** The terms of one output that lie in the image. */
    private void terms(
            final long image,
            final int o,
            final int position,
            final Tensor x,
            final Tensor weights,
            final Tensor y,
            final Term term) {
        final int top = position / conv.outputWidth() * window.strideHeight() - window.top();
        final int left = position % conv.outputWidth() * window.strideWidth() - window.left();
        final int channels = conv.groupChannels();
        final int firstChannel = o / (conv.filters() / conv.groups()) * channels;
        for (int kh = 0; kh < window.kernelHeight(); kh++) {
            final int row = top + kh * window.dilationHeight();
            for (int kw = 0; kw < window.kernelWidth(); kw++) {
                final int column = left + kw * window.dilationWidth();
                if (row >= 0 && row < conv.height() && column >= 0 && column < conv.width()) {
                    final long atX = index(x, image, row, column) + firstChannel;
                    final long atWeight = index(weights, o, kh, kw);
                    for (int c = 0; c < channels; c++) {
                        term.at(atX + c, atWeight + c, outputIndex(y, image, position) + o);
                    }
                }
            }
        }
    }

    private long outputIndex(final Tensor y, final long image, final int position) {
        return index(y, image, position / conv.outputWidth(), position % conv.outputWidth());
    }

    private static long index(final Tensor tensor, final long first, final long second, final long third) {
        return first * tensor.stride(0) + second * tensor.stride(1) + third * tensor.stride(2);
    }

    private static int extent(final Tensor tensor) {
        return Math.toIntExact(tensor.extentBytes() / Float.BYTES);
    }

    /** Gaps keep what they hold. */
    private void store(final double[] sums, final Tensor y) {
        final long[] lengths = y.shape().lengths();
        final long rows = Arrays.stream(lengths, 0, 3).reduce(1, (p, q) -> p * q);
        for (long row = 0; row < rows; row++) {
            final long third = row % lengths[2];
            final long second = row / lengths[2] % lengths[1];
            final long at = index(y, row / lengths[2] / lengths[1], second, third);
            for (int c = 0; c < lengths[3]; c++) {
                epilogue.store(sums[(int) at + c], c, y, at + c);
            }
        }
    }
}
