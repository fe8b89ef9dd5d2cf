package dev.tern;

import java.util.ArrayList;
import java.util.List;

/**
 * For backends: one side of a convolution as it is run, output o of which reads the inputs {@code o * stride - before +
 * i * dilation}.
 *
 * @param size of the input
 * @param outputs that it computes
 * @param first of the positions of y that these are
 * @param step from one of them to the next
 * @param lastTap the tap of the weights that tap 0 is
 * @param tapStep from there to the next, downwards
 */
public record Axis(
        int size,
        int outputs,
        int taps,
        int stride,
        int dilation,
        int before,
        int first,
        int step,
        int lastTap,
        int tapStep) {
    /** The rows of a convolution's images. */
    public static Axis rows(final Conv2d conv) {
        final Window window = conv.window();
        return forward(
                conv.height(),
                conv.outputHeight(),
                window.kernelHeight(),
                window.strideHeight(),
                window.dilationHeight(),
                window.top());
    }

    /** The columns of a convolution's images. */
    public static Axis columns(final Conv2d conv) {
        final Window window = conv.window();
        return forward(
                conv.width(),
                conv.outputWidth(),
                window.kernelWidth(),
                window.strideWidth(),
                window.dilationWidth(),
                window.left());
    }

    /** Positions that lie side by side: each output reads its own input. */
    public static Axis identity(final int size) {
        return forward(size, size, 1, 1, 1, 0);
    }

    /** All positions under one output. */
    public static Axis single(final int size) {
        return forward(size, 1, size, 1, 1, 0);
    }

    private static Axis forward(
            final int size, final int outputs, final int taps, final int stride, final int dilation, final int before) {
        return new Axis(size, outputs, taps, stride, dilation, before, 0, 1, 0, -1);
    }

    /** The same outputs, seeing one of the taps alone. */
    public Axis onlyTap(final int index) {
        return new Axis(size, outputs, 1, stride, 1, before - index * dilation, first, step, tap(index), tapStep);
    }

    /** The tap of the weights that a tap of this axis is. */
    public int tap(final int index) {
        return lastTap - index * tapStep;
    }

    /** The gradient of {@link #rows} by the input: one for each phase of the stride. */
    public static List<Axis> gradientRows(final Conv2d conv) {
        return rows(conv).gradient();
    }

    /** The gradient of {@link #columns} by the input. */
    public static List<Axis> gradientColumns(final Conv2d conv) {
        return columns(conv).gradient();
    }

    /**
     * From the gradient by the outputs. Input h has a share in output o where {@code o * stride = h + before - i *
     * dilation}. Inputs of one phase, {@code h = phase + j * stride}, see the same taps i, a fixed number apart, and
     * with each of them outputs that are j and a constant.
     */
    private List<Axis> gradient() {
        final List<Axis> phases = new ArrayList<>();
        final int common = gcd(stride, dilation);
        for (int phase = 0; phase < Math.min(stride, size); phase++) {
            int seen = 0;
            int last = 0;
            for (int i = 0; i < taps; i++) {
                if (Math.floorMod(phase + before - i * dilation, stride) == 0) {
                    seen++;
                    last = i;
                }
            }
            final int offset = seen == 0 ? 0 : (phase + before - last * dilation) / stride;
            final int inputs = Math.ceilDiv(size - phase, stride);
            phases.add(new Axis(
                    outputs, inputs, seen, 1, dilation / common, -offset, phase, stride, last, stride / common));
        }
        return phases;
    }

    private static int gcd(final int x, final int y) {
        return y == 0 ? x : gcd(y, x % y);
    }
}
