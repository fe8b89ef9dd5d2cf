package dev.tern;

import java.util.Locale;
import java.util.Objects;

/**
 * A two-dimensional convolution of images, in the sense of the field: a cross-correlation.
 *
 * <pre>
 * y[i, oh, ow, o] = epilogue(sum over kh, kw, c of x[i, ih, iw, g * C + c] * weights[o, kh, kw, c])
 * ih = oh * strideHeight - top + kh * dilationHeight, iw likewise; g = o / (filters / groups); C = channels / groups
 * </pre>
 *
 * <p>x is [images, height, width, channels], weights [filters, kernelHeight, kernelWidth, C], y [images, outputHeight,
 * outputWidth, filters]; each image may have gaps between its rows and between its positions. A {@link Reorder} brings
 * images that are NCHW into this order, and results back. Types, epilogue and scales are those of a {@link Gemm}, the
 * {@link #product}, whose row is one output position, whose k are the terms (kh, kw, c), and whose n are the filters:
 * F32 throughout, S8 or U8 with S8, or B1 with B1.
 *
 * <p>What lies outside the image is the real 0: a's zero point, and for signs neither -1 nor 1, so that it adds
 * nothing.
 *
 * <p>{@link #backwardData} and {@link #backwardWeights} are its gradients, in f32. Immutable.
 */
public final class Conv2d implements Operation {
    private final Pass pass;
    private final int height;
    private final int width;
    private final int channels;
    private final int groups;
    private final Window window;
    private final Gemm product;

    /** What a convolution computes, and its operands a, b and y. */
    public enum Pass {
        /** x, weights; y. */
        FORWARD,
        /** dL/dy, weights; dL/dx. */
        BACKWARD_DATA,
        /** x, dL/dy; dL/dweights. */
        BACKWARD_WEIGHTS
    }

    private Conv2d(
            final Pass pass,
            final int height,
            final int width,
            final int channels,
            final int groups,
            final Window window,
            final Gemm product) {
        this.pass = pass;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.groups = groups;
        this.window = window;
        this.product = product;
        Conv2dRules.check(this);
    }

    /** An f32 convolution of images of one size. */
    public static Conv2d of(
            final int height, final int width, final int channels, final int filters, final Window window) {
        Require.that(channels >= 1, "channels", channels, "at least 1");
        Require.that(filters >= 1, "filters", filters, "at least 1");
        final int terms = Math.multiplyExact(Require.notNull(window, "window").taps(), channels);
        return new Conv2d(
                Pass.FORWARD,
                height,
                width,
                channels,
                1,
                window,
                Gemm.of(filters, terms).layout(Layout.NT));
    }

    /**
     * Cuts channels and filters into groups that do not see each other; with as many as channels it is depthwise. Comes
     * before {@link #product} changes, which it keeps.
     */
    public Conv2d groups(final int count) {
        Require.that(count >= 1 && channels % count == 0, "groups", count, "a divisor of " + channels + " channels");
        Require.that(filters() % count == 0, "groups", count, "a divisor of " + filters() + " filters");
        return new Conv2d(
                pass, height, width, channels, count, window, product.withTerms(window.taps() * (channels / count)));
    }

    public Conv2d types(final DataType x, final DataType weights, final DataType y) {
        return with(product.types(x, weights, y));
    }

    /** Scales and zero points of integer operands, for outputs S32 and F32; those of weights may be one per filter. */
    public Conv2d quantization(final Quantization x, final Quantization weights) {
        return with(product.quantization(x, weights));
    }

    /** Scales and zero points of integer operands and of an 8-bit output. */
    public Conv2d quantization(final Quantization x, final Quantization weights, final Quantization y) {
        return with(product.quantization(x, weights, y));
    }

    /** One value for each filter. */
    public Conv2d bias(final float... values) {
        return with(product.bias(values));
    }

    /** One value for each filter, in units of {@code sx * sweights}. */
    public Conv2d bias(final int... values) {
        return with(product.bias(values));
    }

    public Conv2d relu() {
        return with(product.relu());
    }

    /** Bounds of the output, as reals. */
    public Conv2d clamp(final float low, final float high) {
        return with(product.clamp(low, high));
    }

    /** Beta = 1: adds to what y holds. */
    public Conv2d accumulate() {
        return with(product.accumulate());
    }

    /**
     * Each run brings a scale for every position of y: for signs with an F32 output and packed weights. They are handed
     * in as the second operand, F32 without gaps, of shape [images, outputHeight, outputWidth, 1]; none is negative:
     * XNOR-Net's K, the magnitudes of x averaged over the channels and over the window (Rastegari et al. 2016, §3.2).
     */
    public Conv2d scalePositions() {
        return with(product.scaleRows());
    }

    /** The gradient by x of this f32 convolution, without its epilogue. */
    public Conv2d backwardData() {
        return pass(Pass.BACKWARD_DATA);
    }

    /** The gradient by the weights of this f32 convolution, without its epilogue. */
    public Conv2d backwardWeights() {
        return pass(Pass.BACKWARD_WEIGHTS);
    }

    private Conv2d pass(final Pass other) {
        Require.that(!isQuantized(), "types", product.aType() + ", " + product.bType(), "F32 for gradients");
        final Gemm bare = Gemm.of(product.n(), product.k()).layout(Layout.NT);
        return new Conv2d(other, height, width, channels, groups, window, bare);
    }

    private Conv2d with(final Gemm changed) {
        return new Conv2d(pass, height, width, channels, groups, window, changed);
    }

    public Pass pass() {
        return pass;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }

    public int channels() {
        return channels;
    }

    public int filters() {
        return product.n();
    }

    public int groups() {
        return groups;
    }

    public Window window() {
        return window;
    }

    /** The sum and epilogue of each output position; its weights are [filters, terms]. */
    public Gemm product() {
        return product;
    }

    public boolean isQuantized() {
        return product.isQuantized();
    }

    /** Whether each channel has filters of its own. */
    public boolean isDepthwise() {
        return groups == channels && groups > 1;
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

    /** Channels that one filter sees. */
    public int groupChannels() {
        return channels / groups;
    }

    @Override
    public String signature() {
        return String.join(
                        " ",
                        "conv2d",
                        pass.name().toLowerCase(Locale.ROOT),
                        product.typeWord(),
                        height + "x" + width + "x" + channels,
                        "o" + filters(),
                        "g" + groups,
                        window.signature(),
                        product.accumulates() ? "beta1" : "beta0")
                + (product.scalesRows() ? " positions" : "");
    }

    @Override
    public boolean takesB(final boolean packed) {
        return product.takesB(packed);
    }

    @Override
    public boolean requiresPacking() {
        return product.requiresPacking();
    }

    @Override
    public long rows(final Tensor a, final Tensor y) {
        return a.length(0) * positions();
    }

    private long images(final long rows) {
        return positions() == 0 ? rows : Math.ceilDiv(rows, positions());
    }

    private TensorType x(final long rows) {
        return new TensorType(product.aType(), Shape.of(images(rows), height, width, channels));
    }

    /** [filters, kernelHeight, kernelWidth, channels of a group]. */
    public TensorType weights() {
        final Shape shape = Shape.of(filters(), window.kernelHeight(), window.kernelWidth(), groupChannels());
        return new TensorType(product.bType(), shape);
    }

    private TensorType scales(final long rows) {
        return new TensorType(DataType.F32, Shape.of(images(rows), outputHeight(), outputWidth(), 1));
    }

    private TensorType output(final long rows) {
        return new TensorType(product.yType(), Shape.of(images(rows), outputHeight(), outputWidth(), filters()));
    }

    @Override
    public TensorType a(final long rows) {
        return pass == Pass.BACKWARD_DATA ? output(rows) : x(rows);
    }

    @Override
    public TensorType b(final long rows) {
        return switch (pass) {
            case FORWARD -> product.scalesRows() ? scales(rows) : weights();
            case BACKWARD_DATA -> weights();
            case BACKWARD_WEIGHTS -> output(rows);
        };
    }

    @Override
    public TensorType y(final long rows) {
        return switch (pass) {
            case FORWARD -> output(rows);
            case BACKWARD_DATA -> x(rows);
            case BACKWARD_WEIGHTS -> weights();
        };
    }

    @Override
    public long operations(final long rows) {
        return 2 * rows * filters() * product.k();
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        Conv2dRules.checkRun(this, a, b, y);
    }

    @Override
    public void checkWeights(final Tensor weights) {
        Require.that(pass != Pass.BACKWARD_WEIGHTS, "weights", "packed for " + pass, "a plan for operands at run time");
        weights().require(weights, "weights");
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Conv2d conv
                && signature().equals(conv.signature())
                && product.equals(conv.product);
    }

    @Override
    public int hashCode() {
        return Objects.hash(signature(), product);
    }

    @Override
    public String toString() {
        return signature();
    }
}
