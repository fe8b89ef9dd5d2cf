package dev.tern;

import java.util.Locale;

/**
 * Pooling of images, each channel by itself.
 *
 * <pre>
 * max       y[i, oh, ow, c] = the greatest x[i, ih, iw, c] of the window, in the order of (kh, kw)
 * average   y[i, oh, ow, c] = sum of the window's x[i, ih, iw, c] / count
 * ih = oh * strideHeight - top + kh * dilationHeight, iw likewise; only positions inside the image take part
 * </pre>
 *
 * <p>x is [images, height, width, channels], y [images, outputHeight, outputWidth, channels]; each image may have gaps
 * between its rows and between its positions. Every window has to see some of the image.
 *
 * <p>All backends compute the same bits. A value takes the place of the greatest so far unless it is less or equal, so
 * that the first of equals stays, and a NaN, once met, too. Sums of F32 run in f32 in the order of (kh, kw). The count
 * is that of the positions inside the image, or with {@link #countPadding} of all. U8 and S8 have one quantization for
 * x and y: padding is its zero point z, and an average is {@code z + rint(sum of (x - z) / count)}, ties to even, of
 * the exact quotient.
 *
 * <p>{@link #backward} is the gradient in f32, summed over the outputs in order: of a maximum by {@code run(x, dy,
 * dx)}, to the x that won, and of an average by {@code run(dy, dx)}, as {@code dy * (1 / count)} to each.
 *
 * @param window the kernel of a {@link #globalAverage} is the image
 * @param countsPadding whether the divisor of an average counts positions outside of the image
 * @param quantization of both x and y; only its zero point matters
 */
public record Pool2d(
        Mode mode,
        Pass pass,
        DataType type,
        int height,
        int width,
        int channels,
        Window window,
        boolean countsPadding,
        Quantization quantization)
        implements Operation {
    /** Longest sum of bytes, less a zero point, that f32 holds exactly and divides without meeting a false tie. */
    private static final int MOST_TAPS = (1 << 16) - 1;

    /** What a window becomes. */
    public enum Mode {
        MAX,
        AVERAGE
    }

    /** What is computed, and its operands a, b and y. */
    public enum Pass {
        /** x; y. */
        FORWARD,
        /** Of a maximum: x, dL/dy; dL/dx. Of an average: dL/dy; dL/dx. */
        BACKWARD
    }

    public Pool2d {
        Require.notNull(mode, "mode");
        Require.notNull(pass, "pass");
        Require.that(height >= 1, "height", height, "at least 1");
        Require.that(width >= 1, "width", width, "at least 1");
        Require.that(channels >= 1, "channels", channels, "at least 1");
        Require.that(
                Require.notNull(window, "window").seesEverywhere(height, width),
                "window",
                window.signature(),
                "one that sees some of " + height + " x " + width + " from every position");
        final boolean isByte = Require.notNull(type, "type").isByte();
        Require.that(isByte || type == DataType.F32, "type", type, "F32, U8 or S8");
        Require.that(pass == Pass.FORWARD || !isByte, "type", type, "F32 for gradients");
        Require.that(
                !isByte || mode == Mode.MAX || window.taps() <= MOST_TAPS,
                "window",
                window.signature(),
                "at most " + MOST_TAPS + " positions for an average of " + type);
        Require.that(
                !Require.notNull(quantization, "quantization").isPerChannel(),
                "quantization",
                quantization,
                "one scale for the tensor");
        if (isByte) {
            quantization.requireWithin(type, "x");
        }
    }

    /** The maximum of each window, in f32. */
    public static Pool2d max(final int height, final int width, final int channels, final Window window) {
        return of(Mode.MAX, height, width, channels, window);
    }

    /** The average of each window, in f32, over the positions inside the image. */
    public static Pool2d average(final int height, final int width, final int channels, final Window window) {
        return of(Mode.AVERAGE, height, width, channels, window);
    }

    /** The average of each image, in f32. */
    public static Pool2d globalAverage(final int height, final int width, final int channels) {
        return average(height, width, channels, Window.of(height, width));
    }

    private static Pool2d of(
            final Mode mode, final int height, final int width, final int channels, final Window window) {
        final Quantization none = Quantization.symmetric(1);
        return new Pool2d(mode, Pass.FORWARD, DataType.F32, height, width, channels, window, false, none);
    }

    /** The same of U8 or S8, x and y quantized alike. */
    public Pool2d type(final DataType other, final Quantization both) {
        return new Pool2d(mode, pass, other, height, width, channels, window, countsPadding, both);
    }

    /** Divides by the positions of the whole window, of which those outside the image are zeros. */
    public Pool2d countPadding() {
        return new Pool2d(mode, pass, type, height, width, channels, window, true, quantization);
    }

    /** The gradient by x. */
    public Pool2d backward() {
        return new Pool2d(mode, Pass.BACKWARD, type, height, width, channels, window, countsPadding, quantization);
    }

    public int outputHeight() {
        return window.outputHeight(height);
    }

    public int outputWidth() {
        return window.outputWidth(width);
    }

    /** Positions of one output image. */
    public long positions() {
        return (long) outputHeight() * outputWidth();
    }

    /** The word for mode and pass in kernel names: {@code max}, {@code average_backward} … */
    public String word() {
        return (pass == Pass.FORWARD ? mode.name() : mode + "_" + pass).toLowerCase(Locale.ROOT);
    }

    @Override
    public String signature() {
        return String.join(
                " ",
                "pool2d",
                word(),
                type.name().toLowerCase(Locale.ROOT),
                height + "x" + width + "x" + channels,
                window.signature());
    }

    @Override
    public boolean takesB(final boolean packed) {
        return mode == Mode.MAX && pass == Pass.BACKWARD;
    }

    @Override
    public long rows(final Tensor a, final Tensor y) {
        return a.length(0) * positions();
    }

    private TensorType x(final long rows) {
        final long images = positions() == 0 ? rows : Math.ceilDiv(rows, positions());
        return new TensorType(type, Shape.of(images, height, width, channels));
    }

    private TensorType output(final long rows) {
        final TensorType x = x(rows);
        return new TensorType(type, Shape.of(x.shape().length(0), outputHeight(), outputWidth(), channels));
    }

    @Override
    public TensorType a(final long rows) {
        return mode == Mode.AVERAGE && pass == Pass.BACKWARD ? output(rows) : x(rows);
    }

    @Override
    public TensorType b(final long rows) {
        return output(rows);
    }

    @Override
    public TensorType y(final long rows) {
        return pass == Pass.FORWARD ? output(rows) : x(rows);
    }

    @Override
    public long operations(final long rows) {
        return rows * window.taps() * channels;
    }

    @Override
    public void checkWeights(final Tensor weights) {
        throw Require.refuse("weights", "some", "none for a pooling: compile the operation");
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        Require.that(Require.notNull(a, "a").shape().rank() == 4, "a shape", a.shape(), "four dimensions");
        final boolean fromOutput = mode == Mode.AVERAGE && pass == Pass.BACKWARD;
        requireImages(a, a.length(0), fromOutput, "a");
        requireImages(y, a.length(0), pass == Pass.FORWARD, "y");
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            requireImages(b, a.length(0), true, "b");
            Tensors.requireApart(b, y, "b");
        }
    }

    /** So many of the output's images, or of x's. */
    private void requireImages(final Tensor tensor, final long images, final boolean output, final String argument) {
        final int rows = output ? outputHeight() : height;
        final int columns = output ? outputWidth() : width;
        final boolean fits = Require.notNull(tensor, argument).type() == type
                && tensor.shape().rank() == 4
                && tensor.length(0) == images
                && tensor.length(1) == rows
                && tensor.length(2) == columns
                && tensor.length(3) == channels;
        if (!fits) {
            new TensorType(type, Shape.of(images, rows, columns, channels)).require(tensor, argument);
        }
    }

    @Override
    public String toString() {
        return signature();
    }
}
