package dev.tern.cli;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.ImageLayout;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Pool2d;
import dev.tern.Quantization;
import dev.tern.Reorder;
import dev.tern.Window;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Convolutions and poolings as on the command line: {@code conv2d 1x56x56x64 --filters 64 --padding 1}. */
final class WindowOptions {
    private static final Pattern SIDES = Pattern.compile("(\\d+)x(\\d+)");
    private static final Pattern IMAGES = Pattern.compile("(\\d+)x(\\d+)x(\\d+)x(\\d+)");
    private static final Pattern LAYER = Pattern.compile("(\\d+)x(\\d+)x(\\d+)");

    @Option(names = "--filters", defaultValue = "64", description = "Of conv2d. Default: ${DEFAULT-VALUE}.")
    private int filters;

    @Option(
            names = "--window",
            paramLabel = "HxW",
            description = "What one output sees. Default: 3x3, and 2x2 for poolings.")
    private String window;

    @Option(names = "--stride", description = "Default: 1, and 2 for poolings.")
    private Integer stride;

    @Option(names = "--padding", defaultValue = "0", description = "On all sides. Default: ${DEFAULT-VALUE}.")
    private int padding;

    @Option(names = "--dilation", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
    private int dilation;

    @Option(names = "--groups", defaultValue = "1", description = "Of conv2d. Default: ${DEFAULT-VALUE}.")
    private int groups;

    @Option(
            names = "--pass",
            defaultValue = "forward",
            description =
                    "Of conv2d: forward, backward_data or backward_weights; of lstm-training: forward or backward."
                            + " Default: ${DEFAULT-VALUE}.")
    private String pass;

    @Option(
            names = "--layouts",
            defaultValue = "nchw-nhwc",
            description = "Of reorder: nhwc or nchw, from and to. Default: ${DEFAULT-VALUE}.")
    private String layouts;

    /** A convolution of images of a shape NxHxWxC. */
    Conv2d convolution(final String shape, final List<DataType> types) {
        final Matcher images = images(shape);
        final Conv2d conv = Conv2d.of(
                        length(images, 2), length(images, 3), length(images, 4), filters, window("3x3", 1))
                .groups(groups)
                .types(types.get(0), types.get(1), types.get(2));
        final Quantization one = Quantization.symmetric(1);
        final Conv2d scaled = types.get(2).isByte()
                ? conv.quantization(
                        one, one, Quantization.symmetric(conv.product().k() + 1f))
                : conv;
        return switch (pass.toUpperCase(Locale.ROOT)) {
            case "FORWARD" -> scaled;
            case "BACKWARD_DATA" -> scaled.backwardData();
            case "BACKWARD_WEIGHTS" -> scaled.backwardWeights();
            default ->
                throw new IllegalArgumentException(
                        "pass: got " + pass + ", allowed: forward, backward_data, backward_weights");
        };
    }

    /** A maximum or an average over windows of images of a shape NxHxWxC. */
    Pool2d pooling(final Pool2d.Mode mode, final String shape, final DataType type) {
        final Matcher images = images(shape);
        final int height = length(images, 2);
        final int width = length(images, 3);
        final Pool2d pool = mode == Pool2d.Mode.MAX
                ? Pool2d.max(height, width, length(images, 4), window("2x2", 2))
                : Pool2d.average(height, width, length(images, 4), window("2x2", 2));
        return type == DataType.F32 ? pool : pool.type(type, Quantization.symmetric(1));
    }

    /** Images of a shape NxHxWxC in other layouts, from the first of the types to the last. */
    Reorder reordering(final String shape, final List<DataType> types) {
        final Matcher images = images(shape);
        final String[] sides = layouts.split("-", -1);
        if (sides.length != 2) {
            throw new IllegalArgumentException("layouts: got " + layouts + ", allowed: FROM-TO, such as nchw-nhwc");
        }
        return Reorder.of(length(images, 2), length(images, 3), length(images, 4))
                .layouts(layout(sides[0]), layout(sides[1]))
                .types(types.getFirst(), types.getLast());
    }

    private static ImageLayout layout(final String word) {
        return Stream.of(ImageLayout.values())
                .filter(layout -> layout.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("layouts: got " + word + ", allowed: nhwc, nchw"));
    }

    /** An LSTM layer of a shape BATCHxINPUTSxHIDDEN. */
    static Lstm lstm(final String shape) {
        final Matcher layer = matcher(LAYER, shape, "BATCHxINPUTSxHIDDEN, such as 64x28x128");
        return Lstm.of(length(layer, 2), length(layer, 3));
    }

    /** A pass of training such a layer. */
    LstmTraining training(final String shape) {
        final LstmTraining forward = lstm(shape).training();
        return switch (pass.toUpperCase(Locale.ROOT)) {
            case "FORWARD" -> forward;
            case "BACKWARD" -> forward.backward();
            default -> throw new IllegalArgumentException("pass: got " + pass + ", allowed: forward, backward");
        };
    }

    static long batch(final String shape) {
        return length(matcher(LAYER, shape, "BATCHxINPUTSxHIDDEN, such as 64x28x128"), 1);
    }

    static long images(final String shape, final long positions) {
        return length(images(shape), 1) * positions;
    }

    private static Matcher images(final String shape) {
        return matcher(IMAGES, shape, "NxHxWxC, such as 1x56x56x64");
    }

    private Window window(final String usual, final int usualStride) {
        final String sides = window == null ? usual : window;
        final Matcher matcher = SIDES.matcher(sides);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("window: got " + sides + ", allowed: HxW, such as 3x3");
        }
        return Window.of(length(matcher, 1), length(matcher, 2))
                .stride(stride == null ? usualStride : stride)
                .padding(padding)
                .dilation(dilation, dilation);
    }

    private static Matcher matcher(final Pattern pattern, final String shape, final String allowed) {
        final Matcher matcher = pattern.matcher(shape);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("shape: got " + shape + ", allowed: " + allowed);
        }
        return matcher;
    }

    private static int length(final Matcher matcher, final int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
