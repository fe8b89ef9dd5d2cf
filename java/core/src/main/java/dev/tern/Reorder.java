package dev.tern;

import java.util.Locale;

/**
 * Images in another order of their dimensions, or in another type: what lies between operations that do not agree.
 *
 * <pre>
 * same type        y[i, h, w, c] = x[i, h, w, c]
 * F32 to U8, S8    y = clamp(rint(x / scale) + zero point)     the quotient rounded to f32, ties to even; a NaN as 0
 * U8, S8 to F32    y = scale * (x - zero point)
 * F32 to B1        y = +1 where x &gt;= 0, else -1                sign of XNOR-Net (Rastegari et al. 2016), §3.1
 * </pre>
 *
 * <p>x and y are images in their {@link ImageLayout}, with or without gaps between rows, positions or planes; B1 is
 * NHWC, and the bits after its last channel become 0. A matrix [rows, columns] is rows images of 1 x 1 with columns
 * channels. All backends compute the same bits.
 *
 * @param quantization of the side that is U8 or S8, where the other is F32; one scale for all
 */
public record Reorder(
        int height,
        int width,
        int channels,
        ImageLayout from,
        ImageLayout to,
        DataType fromType,
        DataType toType,
        Quantization quantization)
        implements Operation {
    public Reorder {
        Require.that(height >= 1, "height", height, "at least 1");
        Require.that(width >= 1, "width", width, "at least 1");
        Require.that(channels >= 1, "channels", channels, "at least 1");
        Require.notNull(from, "from");
        Require.notNull(to, "to");
        Require.that(
                converts(fromType, toType),
                "types",
                fromType + ", " + toType,
                "F32 with F32, U8, S8, or to B1; " + "U8 with U8 or F32; S8 with S8 or F32");
        Require.that(
                toType != DataType.B1 || to == ImageLayout.NHWC, "to", to, "NHWC for B1, whose channels share bytes");
        Require.that(
                !Require.notNull(quantization, "quantization").isPerChannel(),
                "quantization",
                quantization,
                "one scale for the tensor");
        if (quantizes(fromType, toType)) {
            quantization.requireWithin(fromType.isByte() ? fromType : toType, "quantization");
        }
    }

    private static boolean converts(final DataType from, final DataType to) {
        Require.notNull(from, "fromType");
        Require.notNull(to, "toType");
        return from == DataType.F32
                ? to == DataType.F32 || to.isByte() || to == DataType.B1
                : from.isByte() && (to == from || to == DataType.F32);
    }

    private static boolean quantizes(final DataType from, final DataType to) {
        return from.isByte() != to.isByte() && to != DataType.B1;
    }

    /** Of F32, both sides NHWC, until the methods below say otherwise. */
    public static Reorder of(final int height, final int width, final int channels) {
        final Quantization none = Quantization.symmetric(1);
        return new Reorder(
                height, width, channels, ImageLayout.NHWC, ImageLayout.NHWC, DataType.F32, DataType.F32, none);
    }

    /** Of rows with so many columns. */
    public static Reorder rows(final int columns) {
        return of(1, 1, columns);
    }

    public Reorder layouts(final ImageLayout x, final ImageLayout y) {
        return new Reorder(height, width, channels, x, y, fromType, toType, quantization);
    }

    /** F32 to F32 or B1, or U8 or S8 to itself. */
    public Reorder types(final DataType x, final DataType y) {
        return new Reorder(height, width, channels, from, to, x, y, quantization);
    }

    /** F32 to U8 or S8, or one of these to F32. */
    public Reorder types(final DataType x, final DataType y, final Quantization ofBytes) {
        return new Reorder(height, width, channels, from, to, x, y, ofBytes);
    }

    @Override
    public String signature() {
        return String.join(
                        " ", "reorder", "" + fromType + toType, from + "-" + to, height + "x" + width + "x" + channels)
                .toLowerCase(Locale.ROOT);
    }

    /** Positions of one image. */
    public long positions() {
        return (long) height * width;
    }

    @Override
    public boolean takesB(final boolean packed) {
        return false;
    }

    @Override
    public long rows(final Tensor a, final Tensor y) {
        return a.length(0) * positions();
    }

    @Override
    public TensorType a(final long rows) {
        return new TensorType(fromType, from.shape(Math.ceilDiv(rows, positions()), height, width, channels));
    }

    @Override
    public TensorType b(final long rows) {
        throw new UnsupportedOperationException("reorder: has one operand");
    }

    @Override
    public TensorType y(final long rows) {
        return new TensorType(toType, to.shape(Math.ceilDiv(rows, positions()), height, width, channels));
    }

    @Override
    public long operations(final long rows) {
        return rows * channels;
    }

    @Override
    public void checkWeights(final Tensor weights) {
        throw Require.refuse("weights", "some", "none for a reordering: compile the operation");
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        Require.that(Require.notNull(a, "a").shape().rank() == 4, "a shape", a.shape(), "four dimensions");
        requireImages(a, fromType, from, a.length(0), "a");
        requireImages(y, toType, to, a.length(0), "y");
        Tensors.requireApart(a, y, "a");
    }

    /** Shapes are made only to refuse: a run allocates nothing. */
    private void requireImages(
            final Tensor tensor,
            final DataType type,
            final ImageLayout layout,
            final long images,
            final String argument) {
        final boolean fits = Require.notNull(tensor, argument).type() == type
                && tensor.shape().rank() == 4
                && tensor.length(0) == images
                && tensor.length(layout.height()) == height
                && tensor.length(layout.width()) == width
                && tensor.length(layout.channels()) == channels;
        if (!fits) {
            new TensorType(type, layout.shape(images, height, width, channels)).require(tensor, argument);
        }
    }

    @Override
    public String toString() {
        return signature();
    }
}
