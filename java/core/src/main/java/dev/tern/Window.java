package dev.tern;

/**
 * The positions of an image that one position of the output sees. Along each axis, output position o reads the inputs
 * {@code o * stride - padding before + i * dilation}, for each i of the kernel.
 *
 * @param kernelHeight positions that it reads along the height
 * @param strideHeight distance of neighbouring outputs, in inputs
 * @param dilationHeight distance of neighbouring positions of the kernel, in inputs
 * @param top rows of padding before the image
 * @param bottom rows of padding after it
 */
public record Window(
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left,
        int bottom,
        int right) {
    public Window {
        requirePositive(kernelHeight, kernelWidth, "kernel");
        requirePositive(strideHeight, strideWidth, "stride");
        requirePositive(dilationHeight, dilationWidth, "dilation");
        Require.that(
                Math.min(Math.min(top, left), Math.min(bottom, right)) >= 0,
                "padding",
                top + ", " + left + ", " + bottom + ", " + right,
                "at least 0");
    }

    /** Stride and dilation 1, no padding. */
    public static Window of(final int kernelHeight, final int kernelWidth) {
        return new Window(kernelHeight, kernelWidth, 1, 1, 1, 1, 0, 0, 0, 0);
    }

    public Window stride(final int height, final int width) {
        return new Window(
                kernelHeight, kernelWidth, height, width, dilationHeight, dilationWidth, top, left, bottom, right);
    }

    public Window stride(final int both) {
        return stride(both, both);
    }

    public Window dilation(final int height, final int width) {
        return new Window(
                kernelHeight, kernelWidth, strideHeight, strideWidth, height, width, top, left, bottom, right);
    }

    public Window padding(final int newTop, final int newLeft, final int newBottom, final int newRight) {
        return new Window(
                kernelHeight,
                kernelWidth,
                strideHeight,
                strideWidth,
                dilationHeight,
                dilationWidth,
                newTop,
                newLeft,
                newBottom,
                newRight);
    }

    /** The same on all four sides. */
    public Window padding(final int all) {
        return padding(all, all, all, all);
    }

    /** Positions of the kernel. */
    public int taps() {
        return kernelHeight * kernelWidth;
    }

    /** Rows of the output for so many of the input; 0 where the kernel is larger than image and padding. */
    public int outputHeight(final int height) {
        return outputs(height + top + bottom, kernelHeight, strideHeight, dilationHeight);
    }

    /** Columns of the output for so many of the input. */
    public int outputWidth(final int width) {
        return outputs(width + left + right, kernelWidth, strideWidth, dilationWidth);
    }

    /** Whether each output sees just the input of its own position. */
    public boolean isPointwise() {
        return taps() == 1 && strideHeight == 1 && strideWidth == 1 && top + left + bottom + right == 0;
    }

    /** Whether every output position sees some of an image of this size. */
    boolean seesEverywhere(final int height, final int width) {
        return sees(height, outputHeight(height), kernelHeight, strideHeight, dilationHeight, top)
                && sees(width, outputWidth(width), kernelWidth, strideWidth, dilationWidth, left);
    }

    private static boolean sees(
            final int length,
            final int outputs,
            final int kernel,
            final int stride,
            final int dilation,
            final int before) {
        for (int output = 0; output < outputs; output++) {
            final int first = output * stride - before;
            final int skipped = Math.max(0, Math.ceilDiv(-first, dilation));
            if (skipped >= kernel || first + skipped * dilation >= length) {
                return false;
            }
        }
        return true;
    }

    private static int outputs(final int padded, final int kernel, final int stride, final int dilation) {
        final int reach = (kernel - 1) * dilation + 1;
        return padded < reach ? 0 : (padded - reach) / stride + 1;
    }

    private static void requirePositive(final int height, final int width, final String argument) {
        Require.that(Math.min(height, width) >= 1, argument, height + " x " + width, "at least 1 x 1");
    }

    /** What decides speed, in one word. */
    String signature() {
        return kernelHeight + "x" + kernelWidth + " s" + strideHeight + "x" + strideWidth + " d" + dilationHeight + "x"
                + dilationWidth + " p" + top + "," + left + "," + bottom + "," + right;
    }
}
