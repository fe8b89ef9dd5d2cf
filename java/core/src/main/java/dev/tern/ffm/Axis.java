package dev.tern.ffm;

import java.util.ArrayList;
import java.util.List;

/**
 * One side of a convolution that the library runs: output o reads the inputs {@code o * stride - before + i *
 * dilation}.
 *
 * @param size of the input
 * @param outputs that it computes
 * @param first of the positions of y that these are
 * @param step from one of them to the next
 * @param lastTap the tap of the weights that tap 0 is
 * @param tapStep from there to the next, downwards
 */
record Axis(
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
    static Axis forward(
            final int size, final int outputs, final int taps, final int stride, final int dilation, final int before) {
        return new Axis(size, outputs, taps, stride, dilation, before, 0, 1, 0, 0);
    }

    /**
     * The gradient by the input, from that by the outputs. Input h has a share in output o where {@code o * stride = h
     * + before - i * dilation}. Inputs of one phase, {@code h = phase + j * stride}, see the same taps i, a fixed
     * number apart, and with each of them outputs that are j and a constant.
     */
    static List<Axis> gradient(
            final int size, final int outputs, final int taps, final int stride, final int dilation, final int before) {
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
