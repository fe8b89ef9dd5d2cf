package dev.tern.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.TensorType;
import dev.tern.Window;
import dev.tern.testing.ConvCase;
import dev.tern.testing.ConvCases;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference against results worked out by hand, and against the GEMM of patches that were copied out. */
class ReferenceConv2dTest {
    private final Engine engine =
            Engine.builder().device("cpu:reference").threads(1).build();

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    private float[] run(final Operation operation, final long rows, final Tensor a, final Tensor b) {
        final TensorType result = operation.y(rows);
        final Tensor y = Tensor.allocate(result.type(), result.shape());
        engine.compile(operation).run(a, b, y);
        return y.toFloats();
    }

    @Test
    void shouldCorrelateAndNotFlip() {
        // 1 2 3      1 0      1 * 1 + 5 * 2 = 11   2 + 6 * 2 = 14
        // 4 5 6  by  0 2  =   4 + 8 * 2 = 20       5 + 9 * 2 = 23
        // 7 8 9
        final Conv2d conv = Conv2d.of(3, 3, 1, 1, Window.of(2, 2));
        final Tensor x = Tensor.of(Shape.of(1, 3, 3, 1), 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f);
        final Tensor weights = Tensor.of(Shape.of(1, 2, 2, 1), 1f, 0f, 0f, 2f);
        assertArrayEquals(new float[] {11, 14, 20, 23}, run(conv, 4, x, weights));
    }

    @Test
    void shouldPadEachSideByItsOwn() {
        // padded: 0 0 0 0     outputs at rows 0, 2 and columns 0, 2, each the sum of a 2 x 2 square
        //         0 1 2 0
        //         0 3 4 0
        //         0 0 0 0     (the last row and column are the bottom's and the right's)
        final Window window = Window.of(2, 2).stride(2).padding(1, 1, 1, 1);
        final Tensor x = Tensor.of(Shape.of(1, 2, 2, 1), 1f, 2f, 3f, 4f);
        final Tensor ones = Tensor.of(Shape.of(1, 2, 2, 1), 1f, 1f, 1f, 1f);
        assertArrayEquals(new float[] {1, 2, 3, 4}, run(Conv2d.of(2, 2, 1, 1, window), 4, x, ones));
        final Window bottomRight = window.padding(0, 0, 1, 1).stride(1);
        assertArrayEquals(new float[] {10, 6, 7, 4}, run(Conv2d.of(2, 2, 1, 1, bottomRight), 4, x, ones));
    }

    @Test
    void shouldDilate() {
        final Conv2d conv = Conv2d.of(1, 5, 1, 1, Window.of(1, 2).dilation(1, 3));
        final Tensor x = Tensor.of(Shape.of(1, 1, 5, 1), 1f, 2f, 3f, 4f, 5f);
        assertArrayEquals(new float[] {1 + 40, 2 + 50}, run(conv, 2, x, Tensor.of(Shape.of(1, 1, 2, 1), 1f, 10f)));
    }

    @Test
    void shouldKeepGroupsApart() {
        // filters 0 and 1 see channels 0 and 1, filters 2 and 3 channels 2 and 3
        final Conv2d conv = Conv2d.of(1, 1, 4, 4, Window.of(1, 1)).groups(2);
        final Tensor x = Tensor.of(Shape.of(1, 1, 1, 4), 1f, 2f, 3f, 4f);
        final Tensor weights = Tensor.of(Shape.of(4, 1, 1, 2), 1f, 0f, 0f, 1f, 1f, 0f, 1f, 1f);
        assertArrayEquals(new float[] {1, 2, 3, 7}, run(conv, 1, x, weights));
    }

    @Test
    void shouldPadIntegersWithTheZeroPoint() {
        // (3 - 10) * (4 - 1) = -21: what surrounds the one element is 10, and adds nothing
        final Conv2d conv = Conv2d.of(1, 1, 1, 1, Window.of(3, 3).padding(1))
                .types(DataType.U8, DataType.S8, DataType.F32)
                .quantization(Quantization.perTensor(1, 10), Quantization.perTensor(1, 1));
        final Tensor x = Tensor.integers(DataType.U8, Shape.of(1, 1, 1, 1), 3);
        final Tensor weights = Tensor.integers(DataType.S8, Shape.of(1, 3, 3, 1), 9, 9, 9, 9, 4, 9, 9, 9, 9);
        assertArrayEquals(new float[] {-21}, run(conv, 1, x, weights));
    }

    @Test
    void shouldAddNoSignWhereThereIsPadding() {
        // + -   by  + +   first (1 - 1) + (-1 - 1) = -2, then, above a row of padding, 1 + 1 = 2
        // + +       - -
        final Conv2d conv = Conv2d.of(2, 2, 1, 1, Window.of(2, 2).padding(0, 0, 1, 0))
                .types(DataType.B1, DataType.B1, DataType.F32);
        final Tensor x = Tensor.integers(DataType.B1, Shape.of(1, 2, 2, 1), 1, -1, 1, 1);
        final Tensor weights = Tensor.integers(DataType.B1, Shape.of(1, 2, 2, 1), 1, 1, -1, -1);
        assertArrayEquals(new float[] {-2, 2}, run(conv, 2, x, weights));
    }

    @Test
    void shouldSendGradientsBackThroughTheWindow() {
        // y = (x0 w0 + x1 w1, x1 w0 + x2 w1): dx = (w0 d0, w1 d0 + w0 d1, w1 d1), dw = (x0 d0 + x1 d1, x1 d0 + x2 d1)
        final Conv2d conv = Conv2d.of(1, 3, 1, 1, Window.of(1, 2));
        final Tensor x = Tensor.of(Shape.of(1, 1, 3, 1), 1f, 2f, 3f);
        final Tensor weights = Tensor.of(Shape.of(1, 1, 2, 1), 5f, 7f);
        final Tensor dy = Tensor.of(Shape.of(1, 1, 2, 1), 10f, 100f);
        assertArrayEquals(new float[] {50, 570, 700}, run(conv.backwardData(), 2, dy, weights));
        assertArrayEquals(new float[] {210, 320}, run(conv.backwardWeights(), 2, x, dy));
    }

    static Stream<ConvCase> forward() {
        return Stream.of(
                        ConvCases.f32(),
                        ConvCases.int8(DataType.U8, DataType.U8),
                        ConvCases.int8(DataType.S8, DataType.S32))
                .flatMap(List::stream)
                .filter(test ->
                        test.conv().groups() == 1 && test.images() * test.conv().positions() > 0);
    }

    /** Padding is the zero point in a patch; signs have no such value. */
    @ParameterizedTest
    @MethodSource("forward")
    void shouldAgreeWithTheGemmOfCopiedPatches(final ConvCase test) {
        final Conv2d conv = test.conv();
        final Gemm gemm = conv.product();
        final Tensor got = test.y();
        engine.compile(conv).run(test.a(), test.b(), got);
        final Tensor y = test.y();
        final Tensor product = dense(y).reshape(Shape.of(test.rows(), conv.filters()));
        final Tensor weights = dense(test.b()).reshape(Shape.of(conv.filters(), gemm.k()));
        engine.compile(gemm.layout(Layout.NT)).run(patches(test), weights, product);
        product.reshape(y.shape()).copyTo(y);
        assertEquals(-1, got.segment().mismatch(y.segment()), () -> "byte of y, " + test);
    }

    private static Tensor dense(final Tensor tensor) {
        final Tensor dense = Tensor.allocate(tensor.type(), tensor.shape());
        tensor.copyTo(dense);
        return dense;
    }

    /** [positions, terms], each term in the place that the weights have it. */
    private static Tensor patches(final ConvCase test) {
        final Conv2d conv = test.conv();
        final Window window = conv.window();
        final Tensor x = test.a();
        final Tensor patches =
                Tensor.allocate(x.type(), Shape.of(test.rows(), conv.product().k()));
        final int bytes = x.type().bits() / Byte.SIZE;
        patches.segment().fill((byte) conv.product().aQuantization().zeroPoint(0));
        for (long row = 0; row < test.rows(); row++) {
            final long image = row / conv.positions();
            final long oh = row % conv.positions() / conv.outputWidth();
            final long ow = row % conv.outputWidth();
            for (int tap = 0; tap < window.taps(); tap++) {
                final long ih = oh * window.strideHeight()
                        - window.top()
                        + (long) tap / window.kernelWidth() * window.dilationHeight();
                final long iw = ow * window.strideWidth()
                        - window.left()
                        + (long) tap % window.kernelWidth() * window.dilationWidth();
                if (ih < 0 || ih >= conv.height() || iw < 0 || iw >= conv.width()) {
                    continue;
                }
                final long from = image * x.stride(0) + ih * x.stride(1) + iw * x.stride(2);
                final long to = row * conv.product().k() + (long) tap * conv.channels();
                patches.segment()
                        .asSlice(to * bytes, (long) conv.channels() * bytes)
                        .copyFrom(x.segment().asSlice(from * bytes, (long) conv.channels() * bytes));
            }
        }
        return patches;
    }

    static Stream<ConvCase> gradients() {
        return Stream.of(ConvCases.backwardData(), ConvCases.backwardWeights()).flatMap(List::stream);
    }

    /** A gradient is the transpose of a linear map: {@code <conv(x), dy> = <x, dx> = <weights, dweights>}. */
    @ParameterizedTest
    @MethodSource("gradients")
    void shouldBeTheTransposeOfTheForwardPass(final ConvCase test) {
        final Conv2d gradient = test.conv();
        final Conv2d forward = Conv2d.of(
                        gradient.height(), gradient.width(), gradient.channels(), gradient.filters(), gradient.window())
                .groups(gradient.groups());
        final boolean byData = gradient.pass() == Conv2d.Pass.BACKWARD_DATA;
        final Tensor probe = Tensor.random(DataType.F32, test.y().shape(), RandomGenerator.of("L64X128MixRandom"));
        final Tensor x = byData ? probe : test.a();
        final Tensor weights = byData ? test.b() : probe;
        final float[] dy = dense(byData ? test.a() : test.b()).toFloats();
        final Conv2d fresh = byData ? forward.backwardData() : forward.backwardWeights();
        final double expected = dot(run(forward, test.rows(), x, weights), dy);
        assertEquals(expected, dot(run(fresh, test.rows(), test.a(), test.b()), probe.toFloats()), 1e-3);
    }

    private static double dot(final float[] left, final float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
