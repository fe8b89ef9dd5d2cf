package dev.tern;

import static dev.tern.DataType.B1;
import static dev.tern.DataType.BF16;
import static dev.tern.DataType.F32;
import static dev.tern.DataType.S32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bad input is refused by a message that names the argument, what came and what is allowed. */
class GemmRulesTest {
    private static final Gemm QUANTIZED = Gemm.of(2, 3).types(U8, S8, U8);
    private static final Gemm FLOAT_BY_S4 = Gemm.of(2, 40).types(F32, DataType.S4, F32);
    private static final Gemm BYTES_BY_S4 =
            FLOAT_BY_S4.types(U8, DataType.S4, F32).quantization(Quantization.symmetric(1), groups(32, 2, 2));
    private static final Gemm ROWS = Gemm.of(2, 3).types(B1, B1, F32).scaleRows();
    private static final Gemm SIGNS = Gemm.of(2, 3).types(B1, B1, S32);
    private static final Quantization ONE = Quantization.symmetric(1);

    private static Quantization groups(final int length, final int channels, final int groups) {
        final float[][] scales = new float[channels][groups];
        for (final float[] channel : scales) {
            Arrays.fill(channel, 1);
        }
        return Quantization.perGroup(length, scales);
    }

    static Stream<Arguments> badOperations() {
        return Stream.of(
                bad("n: got -1", () -> Gemm.of(-1, 3)),
                bad("k: got -2", () -> Gemm.of(1, -2)),
                bad("types: got F32, F32", () -> Gemm.of(1, 1).types(F32, F32, S32)),
                bad("types: got BF16, BF16, BF16", () -> Gemm.of(1, 1).types(BF16, BF16, BF16)),
                bad("types: got F32, BF16", () -> Gemm.of(1, 1).types(F32, BF16, F32)),
                bad("layout: got TN", () -> Gemm.of(1, 1).types(BF16, BF16, F32).layout(Layout.TN)),
                bad(
                        "weights type: got BF16",
                        () -> Conv2d.of(3, 3, 1, 1, Window.of(1, 1)).types(BF16, BF16, F32)),
                bad("y type: got S32", () -> Gemm.of(1, 1).types(F32, S8, S32)),
                bad("b type: got U8", () -> Gemm.of(1, 1).types(F32, U8, F32)),
                bad("a type: got S32", () -> Gemm.of(1, 1).types(S32, S8, S32)),
                bad("layout: got TN", () -> FLOAT_BY_S4.layout(Layout.TN)),
                bad("layout: got NN", () -> Gemm.of(1, 1).types(U8, B1, S32).layout(Layout.NN)),
                bad("a quantization", () -> FLOAT_BY_S4.quantization(Quantization.symmetric(2), ONE)),
                bad("b zeroPoint: got 8", () -> FLOAT_BY_S4.quantization(Quantization.perTensor(1, 8))),
                bad("scaleRows: got u8s8u8", QUANTIZED::scaleRows),
                bad("scaleRows: got f32f32f32", () -> Gemm.of(1, 1).scaleRows()),
                bad("scaleRows: got u8s4f32 with scales for groups", BYTES_BY_S4::scaleRows),
                bad("product: got with scales of rows", () -> BatchedGemm.of(2, ROWS)),
                bad(
                        "scalePositions: got types u8s8f32",
                        () -> Conv2d.of(3, 3, 1, 1, Window.of(1, 1))
                                .types(U8, S8, F32)
                                .scalePositions()),
                bad("bias: got ints", () -> FLOAT_BY_S4.bias(1, 2)),
                bad("group: got 33", () -> groups(33, 2, 2)),
                bad("scales: got 1 in channel 1", () -> Quantization.perGroup(32, new float[][] {{1, 1}, {1}})),
                bad("scales: got none", () -> Quantization.perGroup(32, new float[0][])),
                bad("b quantization: got 3 channels", () -> FLOAT_BY_S4.quantization(groups(32, 3, 2))),
                bad("b quantization: got 3 groups", () -> FLOAT_BY_S4.quantization(groups(32, 2, 3))),
                bad("y type: got U8", () -> QUANTIZED.quantization(ONE, groups(32, 2, 1))),
                bad("bias: got ints", () -> BYTES_BY_S4.bias(1, 2)),
                bad("a quantization", () -> BYTES_BY_S4.quantization(Quantization.perChannel(1, 1), ONE)),
                bad(
                        "b quantization: got 2 channels in groups",
                        () -> Gemm.of(2, 40).types(U8, B1, F32).quantization(ONE, groups(32, 2, 2))),
                bad(
                        "types: got F32, S8",
                        () -> Conv2d.of(3, 3, 1, 1, Window.of(1, 1)).types(F32, S8, F32)),
                bad(
                        "types: got U8, B1",
                        () -> Conv2d.of(3, 3, 1, 1, Window.of(1, 1)).types(U8, B1, S32)),
                bad("b type: got U8", () -> Gemm.of(1, 1).types(U8, U8, S32)),
                bad("a type: got null", () -> Gemm.of(1, 1).types(null, S8, S32)),
                bad("bias: got 3 values", () -> Gemm.of(2, 3).bias(1f, 2f, 3f)),
                bad("bias: got floats", () -> QUANTIZED.bias(1f, 2f)),
                bad("bias: got ints", () -> Gemm.of(2, 3).bias(1, 2)),
                bad("clamp: got 2.0 to 1.0", () -> Gemm.of(2, 3).clamp(2, 1)),
                bad("clamp: got NaN", () -> Gemm.of(2, 3).clamp(Float.NaN, 1)),
                bad(
                        "clamp: got with an S32",
                        () -> Gemm.of(2, 3).types(S8, S8, S32).relu()),
                bad("clamp: got together", () -> Gemm.of(2, 3).relu().accumulate()),
                bad("accumulate: got with y U8", QUANTIZED::accumulate),
                bad("layout: got TN", () -> QUANTIZED.layout(Layout.TN)),
                bad("layout: got NN", () -> SIGNS.layout(Layout.NN)),
                bad("k: got 65537", () -> Gemm.of(1, 65_537).types(U8, DataType.S4, S32)),
                bad("b type: got S8", () -> Gemm.of(2, 3).types(B1, S8, S32)),
                bad("b zeroPoint", () -> SIGNS.quantization(ONE, Quantization.perTensor(1, 1))),
                bad("scale: got 0.0", () -> Quantization.symmetric(0)),
                bad("scale: got NaN", () -> Quantization.symmetric(Float.NaN)),
                bad("scale: got -1.0", () -> Quantization.perChannel(1, -1)),
                bad("scales: got none", () -> Quantization.perChannel()),
                bad("a zeroPoint: got -1", () -> QUANTIZED.quantization(Quantization.perTensor(1, -1), ONE, ONE)),
                bad("b zeroPoint: got 128", () -> QUANTIZED.quantization(ONE, Quantization.perTensor(1, 128), ONE)),
                bad("y zeroPoint: got 256", () -> QUANTIZED.quantization(ONE, ONE, Quantization.perTensor(1, 256))),
                bad("b quantization: got 3", () -> QUANTIZED.quantization(ONE, Quantization.perChannel(1, 1, 1))),
                bad("a quantization", () -> QUANTIZED.quantization(Quantization.perChannel(1, 1), ONE)),
                bad(
                        "scales: got a multiplier of 0.0",
                        () -> QUANTIZED.quantization(
                                Quantization.symmetric(1e-30f), Quantization.symmetric(1e-30f), ONE)));
    }

    static Stream<Arguments> badTensors() {
        final Tensor x = Tensor.allocate(F32, Shape.of(4, 3));
        final Tensor y = Tensor.allocate(F32, Shape.of(4, 2));
        final Tensor shared = Tensor.allocate(F32, Shape.of(4, 5));
        return Stream.of(
                Arguments.of("a: got null", null, y),
                Arguments.of("y: got null", x, null),
                Arguments.of("a type: got U8", Tensor.allocate(U8, Shape.of(4, 3)), y),
                Arguments.of("y type: got S32", x, Tensor.allocate(S32, Shape.of(4, 2))),
                Arguments.of("a shape: got [4, 4]", Tensor.allocate(F32, Shape.of(4, 4)), y),
                Arguments.of("a shape: got [12]", Tensor.allocate(F32, Shape.of(12)), y),
                Arguments.of("y shape: got [3, 2]", x, Tensor.allocate(F32, Shape.of(3, 2))),
                Arguments.of("y: got memory shared", shared.slice(1, 0, 3), shared.slice(1, 2, 4)));
    }

    private static Arguments bad(final String message, final Executable action) {
        return Arguments.of(message, action);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badOperations")
    void shouldRefuseABadOperation(final String message, final Executable action) {
        assertMessage(message, assertThrows(IllegalArgumentException.class, action));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badTensors")
    void shouldRefuseABadTensor(final String message, final Tensor x, final Tensor y) {
        try (Engine engine = Engine.builder().device("cpu:reference").build();
                PackedWeights weights = engine.pack(Gemm.of(2, 3), Tensor.allocate(F32, Shape.of(3, 2)))) {
            final Plan plan = engine.compile(weights);
            assertMessage(message, assertThrows(IllegalArgumentException.class, () -> plan.run(x, y)));
        }
    }

    @Test
    void shouldRefuseAStrideShorterThanARow() {
        final MemorySegment memory = MemorySegment.ofArray(new float[12]);
        final var refusal =
                assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(memory, F32, Shape.of(4, 3), 2, 1));
        assertMessage("strides: got [2, 1]", refusal);
    }

    @Test
    void shouldRefuseMemoryTooSmallForItsShape() {
        final MemorySegment memory = MemorySegment.ofArray(new float[11]);
        final var refusal =
                assertThrows(IllegalArgumentException.class, () -> Tensor.wrap(memory, F32, Shape.of(4, 3)));
        assertMessage("storage: got 44 bytes, allowed: at least 48 bytes", refusal);
    }

    @Test
    void shouldRefuseAConfinedArenaWhereWorkersWouldTouchIt() {
        try (Arena arena = Arena.ofConfined();
                Engine engine =
                        Engine.builder().device("cpu:reference").threads(2).build();
                PackedWeights weights = engine.pack(Gemm.of(2, 3), Tensor.allocate(F32, Shape.of(3, 2)))) {
            final Tensor x = Tensor.wrap(arena.allocate(48, 64), F32, Shape.of(4, 3));
            final Tensor y = Tensor.allocate(F32, Shape.of(4, 2));
            final Plan plan = engine.compile(weights);
            assertMessage(
                    "a: got memory of a confined arena",
                    assertThrows(IllegalArgumentException.class, () -> plan.run(x, y)));
        }
    }

    @Test
    void shouldRefuseAnUnknownDeviceAndNameTheKnownOnes() {
        final var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> Engine.builder().device("cuda:9").build());
        assertMessage("device: got cuda:9", refusal);
        assertTrue(refusal.getMessage().contains("cpu:reference"), refusal.getMessage());
    }

    @Test
    void shouldRunEmptyShapes() {
        try (Engine engine = Engine.builder().device("cpu:reference").build();
                PackedWeights weights = engine.pack(Gemm.of(2, 0), Tensor.allocate(F32, Shape.of(0, 2)))) {
            final Tensor y = Tensor.of(Shape.of(1, 2), 5f, 5f);
            engine.compile(weights).run(Tensor.allocate(F32, Shape.of(1, 0)), y);
            assertEquals(0f, y.toFloats()[1]);
            engine.compile(weights).run(Tensor.allocate(F32, Shape.of(0, 0)), Tensor.allocate(F32, Shape.of(0, 2)));
        }
    }

    @Test
    void shouldRefuseScalesThatAreNotOneForEachRow() {
        try (Engine engine = Engine.builder().device("cpu:reference").build();
                PackedWeights weights = engine.pack(ROWS, Tensor.allocate(B1, Shape.of(2, 3)))) {
            final Plan plan = engine.compile(weights);
            final Tensor a = Tensor.allocate(B1, Shape.of(4, 3));
            final Tensor y = Tensor.allocate(F32, Shape.of(4, 2));
            final Tensor scales = Tensor.allocate(F32, Shape.of(3));
            assertMessage(
                    "b shape: got [3]", assertThrows(IllegalArgumentException.class, () -> plan.run(a, scales, y)));
            assertThrows(IllegalStateException.class, () -> plan.run(a, y));
            assertMessage(
                    "operation: got gemm", assertThrows(IllegalArgumentException.class, () -> engine.compile(ROWS)));
        }
    }

    private static void assertMessage(final String start, final Exception refusal) {
        assertTrue(refusal.getMessage().startsWith(start), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("allowed"), refusal.getMessage());
    }
}
