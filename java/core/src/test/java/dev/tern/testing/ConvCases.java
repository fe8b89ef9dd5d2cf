package dev.tern.testing;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Window;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The cases that every convolution kernel has to pass: each kind of window, ragged images, groups, each epilogue. */
public final class ConvCases {
    private static final int[] GAPS = {0, 1, 7, 64};
    private static final Window THREE = Window.of(3, 3).padding(1);

    /** Images and what is done to them. */
    private record Problem(int images, Conv2d conv) {
        static Problem of(
                final int images,
                final int height,
                final int width,
                final int channels,
                final int filters,
                final int groups,
                final Window window) {
            return new Problem(
                    images, Conv2d.of(height, width, channels, filters, window).groups(groups));
        }
    }

    private static final List<Problem> PROBLEMS = List.of(
            // pointwise: a GEMM; then with strides, with padding, and with a gap where a row ends
            Problem.of(2, 5, 6, 7, 9, 1, Window.of(1, 1)),
            Problem.of(1, 4, 4, 64, 48, 1, Window.of(1, 1)),
            Problem.of(1, 7, 9, 5, 3, 1, Window.of(1, 1).stride(2)),
            Problem.of(1, 3, 4, 6, 5, 1, Window.of(1, 1).padding(1)),
            // the window of most layers, over ragged sizes
            Problem.of(1, 1, 1, 1, 1, 1, THREE),
            Problem.of(1, 7, 5, 3, 8, 1, THREE),
            Problem.of(3, 6, 6, 16, 33, 1, THREE),
            Problem.of(1, 4, 17, 31, 16, 1, THREE),
            Problem.of(1, 5, 5, 70, 65, 1, THREE),
            Problem.of(1, 3, 5, 128, 20, 1, THREE),
            Problem.of(2, 9, 8, 5, 6, 1, Window.of(3, 3).stride(2).padding(0, 0, 1, 1)),
            Problem.of(1, 8, 8, 32, 17, 1, THREE.stride(2)),
            // other windows: square and not, larger than the image, dilated, alone in the padding
            Problem.of(1, 13, 12, 3, 5, 1, Window.of(7, 7).stride(2).padding(3)),
            Problem.of(1, 11, 10, 4, 7, 1, Window.of(5, 5).stride(3).padding(2)),
            Problem.of(
                    2,
                    8,
                    9,
                    6,
                    4,
                    1,
                    Window.of(2, 4).stride(2, 1).dilation(1, 2).padding(0, 1, 2, 3)),
            Problem.of(1, 9, 9, 8, 8, 1, THREE.dilation(2, 2).padding(2)),
            Problem.of(1, 10, 6, 3, 2, 1, Window.of(6, 1).stride(1, 2).dilation(1, 3)),
            Problem.of(1, 4, 4, 5, 3, 1, Window.of(4, 4)),
            Problem.of(1, 4, 3, 9, 4, 1, Window.of(6, 5).padding(1, 2, 1, 0)),
            Problem.of(1, 3, 2, 2, 3, 1, THREE.padding(4)),
            // groups, then a group for each channel, with one filter or more
            Problem.of(1, 5, 6, 8, 6, 2, THREE),
            Problem.of(2, 4, 4, 64, 32, 2, THREE.stride(2)),
            Problem.of(1, 6, 4, 12, 20, 4, Window.of(2, 2)),
            Problem.of(1, 5, 4, 6, 9, 3, Window.of(1, 1)),
            Problem.of(1, 6, 7, 32, 32, 32, THREE),
            Problem.of(2, 5, 5, 17, 17, 17, THREE.stride(2)),
            Problem.of(1, 8, 6, 10, 20, 10, THREE),
            Problem.of(1, 7, 7, 70, 70, 70, Window.of(5, 5).stride(2, 3).padding(2, 1, 0, 3)),
            Problem.of(1, 6, 9, 5, 15, 5, THREE.dilation(1, 2)),
            Problem.of(1, 4, 4, 33, 66, 33, Window.of(1, 1).stride(2)),
            // nothing there
            Problem.of(0, 6, 6, 3, 4, 1, THREE),
            Problem.of(0, 6, 6, 4, 4, 4, THREE),
            Problem.of(2, 2, 2, 3, 4, 1, Window.of(3, 3)),
            Problem.of(1, 0, 5, 3, 4, 1, THREE));

    /** Few channels at many positions, of which a gradient by weights may sum slices apart. */
    private static final List<Problem> MANY_POSITIONS =
            List.of(Problem.of(5, 32, 31, 3, 9, 1, THREE), Problem.of(3, 64, 64, 1, 4, 1, Window.of(5, 5)));

    private ConvCases() {}

    /** f32: plain, with bias and bounds, accumulating; each over all windows. */
    public static List<ConvCase> f32() {
        final List<ConvCase> cases = new ArrayList<>();
        for (final Problem problem : PROBLEMS) {
            final Conv2d conv = problem.conv;
            final float[] bias = GemmCases.floats(conv.filters());
            cases.add(new ConvCase(conv, problem.images, 0, Values.RANDOM, Place.NATIVE));
            cases.add(new ConvCase(conv.bias(bias).relu(), problem.images, 3, Values.RANDOM, Place.HEAP));
            cases.add(new ConvCase(conv.bias(bias).accumulate(), problem.images, 1, Values.RANDOM, Place.UNALIGNED));
        }
        return cases;
    }

    /** The f32 gradients by x: dense, and added to what is there, with gaps. */
    public static List<ConvCase> backwardData() {
        return PROBLEMS.stream()
                .flatMap(problem -> gradients(problem, problem.conv.backwardData()).stream())
                .toList();
    }

    /** The f32 gradients by the weights; their operands cannot be packed beforehand. */
    public static List<ConvCase> backwardWeights() {
        return Stream.concat(PROBLEMS.stream(), MANY_POSITIONS.stream())
                .flatMap(problem -> gradients(problem, problem.conv.backwardWeights()).stream())
                .toList();
    }

    private static List<ConvCase> gradients(final Problem problem, final Conv2d gradient) {
        return List.of(
                new ConvCase(gradient, problem.images, 0, Values.RANDOM, Place.HEAP),
                new ConvCase(gradient.accumulate(), problem.images, 5, Values.RANDOM, Place.UNALIGNED));
    }

    /** 8-bit operands: an output type over all windows, zero points, extremes and epilogues taken in turn. */
    public static List<ConvCase> int8(final DataType x, final DataType y) {
        return inTurn((problem, values, turn) -> int8(x, y, problem, values, turn));
    }

    /** Signs: an output type over all windows, with scales of filters or without, bias and bounds in turn. */
    public static List<ConvCase> signs(final DataType y) {
        return inTurn((problem, values, turn) -> signs(y, problem, values, turn));
    }

    /** Those with an F32 output, each position of which has a scale. */
    public static List<ConvCase> scaledPositions(final List<ConvCase> cases) {
        return cases.stream()
                .filter(test -> test.conv().product().yType() == DataType.F32)
                .map(test -> new ConvCase(
                        test.conv().scalePositions(), test.images(), test.gap(), test.values(), test.place()))
                .toList();
    }

    private interface Variant {
        Conv2d of(Problem problem, Values values, int turn);
    }

    private static List<ConvCase> inTurn(final Variant variant) {
        final List<ConvCase> cases = new ArrayList<>();
        int turn = 0;
        for (final Problem problem : PROBLEMS) {
            for (int i = 0; i < 2; i++) {
                final Values values = Values.values()[turn % Values.values().length];
                final Place place = Place.values()[turn % Place.values().length];
                final Conv2d conv = variant.of(problem, values, turn);
                cases.add(new ConvCase(conv, problem.images, GAPS[turn / 2 % GAPS.length], values, place));
                turn++;
            }
        }
        return cases;
    }

    private static Conv2d int8(
            final DataType x, final DataType y, final Problem problem, final Values values, final int turn) {
        final int filters = problem.conv.filters();
        final int[] zeroPoints = {x.min(), 3, x.max(), 0, 3};
        final Quantization qx = Quantization.perTensor(0.02f, zeroPoints[turn % zeroPoints.length]);
        final Quantization qw = turn % 3 == 0
                ? GemmCases.perChannel(DataType.S8, filters, turn % 2 == 0)
                : GemmCases.weights(DataType.S8, turn);
        final Quantization qy =
                Quantization.perTensor(0.3f, y.isByte() ? (turn % 2 == 0 ? y.max() - 100 : y.min()) : 0);
        return epilogue(problem.conv.types(x, DataType.S8, y).quantization(qx, qw, qy), values == Values.RANDOM, turn);
    }

    private static Conv2d signs(final DataType y, final Problem problem, final Values values, final int turn) {
        final Quantization alpha = turn % 3 == 0
                ? GemmCases.perChannel(DataType.B1, problem.conv.filters(), true)
                : Quantization.symmetric(0.05f);
        final Quantization qy = Quantization.perTensor(0.3f, y.isByte() ? y.max() - 100 : 0);
        return epilogue(
                problem.conv.types(DataType.B1, DataType.B1, y).quantization(Quantization.symmetric(0.7f), alpha, qy),
                values == Values.RANDOM,
                turn);
    }

    /** A small bias leaves random sums in the range of eight bits. */
    private static Conv2d epilogue(final Conv2d conv, final boolean small, final int turn) {
        final DataType y = conv.product().yType();
        Conv2d with = turn % 5 == 0 ? conv : conv.bias(bias(conv.filters(), small));
        if (y != DataType.S32 && turn % 2 == 1) {
            with = turn % 4 == 1 ? with.relu() : with.clamp(-1.5f, 2.5f);
        }
        return !y.isByte() && !with.product().clamps() && turn % 3 == 1 ? with.accumulate() : with;
    }

    private static int[] bias(final int filters, final boolean small) {
        final int[] bias = GemmCases.ints(filters);
        for (int i = 0; small && i < filters; i++) {
            bias[i] %= 50;
        }
        return bias;
    }
}
