package dev.tern.bench;

import dev.tern.Conv2d;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Window;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A convolution of NHWC images by square windows, with a ReLU after it.
 *
 * <p>Scales are powers of two, so that every order of multiplying by them comes to the same bits.
 *
 * @param kernel rows and columns of the window
 * @param padding positions on each side
 */
public record ConvCase(
        ConvType type,
        int images,
        int height,
        int width,
        int channels,
        int filters,
        int kernel,
        int stride,
        int padding,
        int groups)
        implements ProductCase {

    private static final Pattern SHAPE = Pattern.compile(
            "(\\d{1,4})x(\\d{1,4})x(\\d{1,4})x(\\d{1,5})-(\\d{1,5})-(\\d{1,2})x\\6s(\\d)p(\\d)(?:g(\\d{1,5}))?");

    /** Products of full-range random u8 and s8 deviate by this from their mean of 0; an output step is a 48th. */
    private static final double DEVIATION = 147 * 73 / 48.0;

    public static ConvCase of(final ConvType type, final String shape) {
        final Matcher extents = SHAPE.matcher(shape);
        if (!extents.matches()) {
            throw new IllegalArgumentException("shape: got " + shape
                    + ", allowed: IMAGESxHEIGHTxWIDTHxCHANNELS-FILTERS-KxKsSTRIDEpPADDING[gGROUPS]");
        }
        final int[] numbers = new int[10];
        for (int i = 1; i < numbers.length; i++) {
            numbers[i] = extents.group(i) == null ? 1 : Integer.parseInt(extents.group(i));
        }
        return new ConvCase(
                type,
                numbers[1],
                numbers[2],
                numbers[3],
                numbers[4],
                numbers[5],
                numbers[6],
                numbers[7],
                numbers[8],
                numbers[9]);
    }

    @Override
    public String shape() {
        return images + "x" + height + "x" + width + "x" + channels + "-" + filters + "-" + kernel + "x" + kernel + "s"
                + stride + "p" + padding + (groups > 1 ? "g" + groups : "");
    }

    /** The same on operands that hold the same numbers in f32. */
    public ConvCase inFloats() {
        return new ConvCase(ConvType.F32, images, height, width, channels, filters, kernel, stride, padding, groups);
    }

    private Conv2d window() {
        final Window window = Window.of(kernel, kernel).stride(stride).padding(padding);
        return Conv2d.of(height, width, channels, filters, window).groups(groups);
    }

    @Override
    public Operation operation() {
        final Conv2d conv = window().relu();
        final Quantization one = Quantization.symmetric(1);
        return switch (type) {
            case F32 -> conv;
            case B1B1F32 ->
                conv.types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()));
            case U8S8U8 ->
                conv.types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()))
                        .quantization(one, Quantization.perChannel(weightScales()), Quantization.symmetric(scaleY()));
        };
    }

    /** 1 and a half in turn. */
    public float[] weightScales() {
        final float[] scales = new float[filters];
        for (int i = 0; i < filters; i++) {
            scales[i] = i % 2 == 0 ? 1 : 0.5f;
        }
        return scales;
    }

    /** Brings random sums into the range of u8. */
    public float scaleY() {
        return (float) Math.scalb(1.0, (int) Math.round(Math.log(DEVIATION * Math.sqrt(terms())) / Math.log(2)));
    }

    /** Products in a sum. */
    public int terms() {
        return kernel * kernel * (channels / groups);
    }

    public int outputHeight() {
        return window().outputHeight();
    }

    public int outputWidth() {
        return window().outputWidth();
    }

    @Override
    public long rows() {
        return images * window().positions();
    }

    @Override
    public long items() {
        return images;
    }

    @Override
    public long bytesA() {
        return (long) images * height * width * type.a().bytes(channels);
    }

    @Override
    public long bytesB() {
        return (long) filters * kernel * kernel * type.b().bytes(channels / groups);
    }

    @Override
    public long bytesY() {
        return rows() * type.y().bytes(filters);
    }

    @Override
    public double finish(final int column, final double sum) {
        if (type != ConvType.U8S8U8) {
            return Math.max(0, sum);
        }
        final double scale = weightScales()[column] / scaleY();
        return Math.clamp(Math.rint((float) sum * scale), 0, 255);
    }
}
