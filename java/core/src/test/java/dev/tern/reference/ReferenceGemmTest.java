package dev.tern.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.PackedWeights;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import org.junit.jupiter.api.Test;

/** The reference against results worked out by hand. */
class ReferenceGemmTest {
    private static final Tensor A = Tensor.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f);
    private static final float[] PRODUCT = {58, 64, 139, 154};

    private static Engine engine() {
        return Engine.builder().device("cpu:reference").threads(1).build();
    }

    @Test
    void shouldMultiplyInEveryLayout() {
        final Tensor b = Tensor.of(Shape.of(3, 2), 7f, 8f, 9f, 10f, 11f, 12f);
        final Tensor bTransposed = Tensor.of(Shape.of(2, 3), 7f, 9f, 11f, 8f, 10f, 12f);
        final Tensor aTransposed = Tensor.of(Shape.of(3, 2), 1f, 4f, 2f, 5f, 3f, 6f);
        assertArrayEquals(PRODUCT, run(Gemm.of(2, 3), A, b));
        assertArrayEquals(PRODUCT, run(Gemm.of(2, 3).layout(Layout.NT), A, bTransposed));
        assertArrayEquals(PRODUCT, run(Gemm.of(2, 3).layout(Layout.TN), aTransposed, b));
    }

    private static float[] run(final Gemm gemm, final Tensor a, final Tensor b) {
        try (Engine engine = engine()) {
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 2));
            engine.compile(gemm).run(a, b, y);
            return y.toFloats();
        }
    }

    @Test
    void shouldRequantizeWithTiesToEven() {
        // (3 - 1) * (w - 0) + 1 for w = 2, 3, 127: 5, 7, 255; times 0.5: 2.5, 3.5, 127.5; rounded 2, 4, 128; + 10
        final Gemm gemm = Gemm.of(3, 1)
                .types(DataType.U8, DataType.S8, DataType.U8)
                .quantization(
                        Quantization.perTensor(0.5f, 1), Quantization.symmetric(0.5f), Quantization.perTensor(0.5f, 10))
                .bias(1, 1, 1);
        try (Engine engine = engine();
                PackedWeights weights =
                        engine.pack(gemm, Tensor.of(DataType.S8, Shape.of(1, 3), (byte) 2, (byte) 3, (byte) 127))) {
            final Tensor y = Tensor.allocate(DataType.U8, Shape.of(1, 3));
            engine.compile(weights).run(Tensor.of(DataType.U8, Shape.of(1, 1), (byte) 3), y);
            assertArrayEquals(new byte[] {12, 14, (byte) 138}, y.toBytes());
        }
    }

    @Test
    void shouldBoundQuantizedOutputsInTheirOwnDomain() {
        final Gemm gemm = Gemm.of(2, 1)
                .types(DataType.S8, DataType.S8, DataType.S8)
                .quantization(Quantization.symmetric(1), Quantization.symmetric(1), Quantization.perTensor(1, -5))
                .relu();
        try (Engine engine = engine();
                PackedWeights weights =
                        engine.pack(gemm, Tensor.of(DataType.S8, Shape.of(1, 2), (byte) -3, (byte) 100))) {
            final Tensor y = Tensor.allocate(DataType.S8, Shape.of(1, 2));
            engine.compile(weights).run(Tensor.of(DataType.S8, Shape.of(1, 1), (byte) 2), y);
            assertArrayEquals(new byte[] {-5, 127}, y.toBytes());
        }
    }

    @Test
    void shouldWrapSumsModulo32Bits() {
        final int k = 140_000;
        final byte[] most = new byte[k];
        java.util.Arrays.fill(most, Byte.MIN_VALUE);
        final Gemm gemm = Gemm.of(1, k).types(DataType.S8, DataType.S8, DataType.S32);
        try (Engine engine = engine();
                PackedWeights weights = engine.pack(gemm, Tensor.of(DataType.S8, Shape.of(k, 1), most))) {
            final Tensor y = Tensor.allocate(DataType.S32, Shape.of(1, 1));
            engine.compile(weights).run(Tensor.of(DataType.S8, Shape.of(1, k), most), y);
            assertArrayEquals(new int[] {(int) (128L * 128 * k)}, y.toInts());
        }
    }

    @Test
    void shouldMultiplySigns() {
        // rows + + - and - - -, columns + - + and - - -: 1 - 1 - 1 = -1, then -1, -1 + 1 - 1 = -1 and 3; times 0.5
        final Gemm gemm = Gemm.of(2, 3)
                .types(DataType.B1, DataType.B1, DataType.F32)
                .quantization(Quantization.symmetric(1), Quantization.symmetric(0.5f));
        final Tensor a = Tensor.integers(DataType.B1, Shape.of(2, 3), 1, 1, -1, -1, -1, -1);
        final Tensor b = Tensor.integers(DataType.B1, Shape.of(2, 3), 1, -1, 1, -1, -1, -1);
        assertArrayEquals(new float[] {-0.5f, -0.5f, -0.5f, 1.5f}, run(gemm, a, b));
    }

    @Test
    void shouldMultiplyNarrowWeights() {
        // (1, 2, 3) and (4, 5, 6) times the columns -8 7 1 and 3 -1 0
        final Gemm gemm =
                Gemm.of(2, 3).types(DataType.U8, DataType.S4, DataType.F32).layout(Layout.NT);
        final Tensor a = Tensor.integers(DataType.U8, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        final Tensor b = Tensor.integers(DataType.S4, Shape.of(2, 3), -8, 7, 1, 3, -1, 0);
        assertArrayEquals(new float[] {9, 1, 9, 7}, run(gemm, a, b));
    }

    @Test
    void shouldScaleWeightsBesideFloats() {
        // column 0: 0.5 * (b - 1) = -2, 3, 0; column 1: 2 * (b + 2) = 10, 2, 4; rows 1 2 3 and 4 5 6, bias 1 and -1
        final Gemm gemm = Gemm.of(2, 3)
                .types(DataType.F32, DataType.S4, DataType.F32)
                .quantization(Quantization.perChannel(new float[] {0.5f, 2}, new int[] {1, -2}))
                .bias(1f, -1f);
        final Tensor b = Tensor.integers(DataType.S4, Shape.of(3, 2), -3, 3, 7, -1, 1, 0);
        assertArrayEquals(new float[] {5, 25, 8, 73}, run(gemm, A, b));
    }

    @Test
    void shouldScaleSignsBesideFloats() {
        // rows 1 2 3 and 4 5 6 times + - + and - - +, times 0.5 and 3
        final Gemm gemm = Gemm.of(2, 3)
                .types(DataType.F32, DataType.B1, DataType.F32)
                .quantization(Quantization.perChannel(0.5f, 3));
        final Tensor b = Tensor.integers(DataType.B1, Shape.of(2, 3), 1, -1, 1, -1, -1, 1);
        assertArrayEquals(new float[] {1, 0, 2.5f, -9}, run(gemm, A, b));
    }

    @Test
    void shouldMultiplyBytesBySigns() {
        // (x - 10) = 1 2 3 and 4 5 6 times + - + and - - +, plus 100
        final Gemm gemm = Gemm.of(2, 3)
                .types(DataType.U8, DataType.B1, DataType.F32)
                .quantization(Quantization.perTensor(0.5f, 10), Quantization.symmetric(1))
                .bias(100, 100);
        final Tensor a = Tensor.integers(DataType.U8, Shape.of(2, 3), 11, 12, 13, 14, 15, 16);
        final Tensor b = Tensor.integers(DataType.B1, Shape.of(2, 3), 1, -1, 1, -1, -1, 1);
        assertArrayEquals(new float[] {51, 50, 52.5f, 48.5f}, run(gemm, a, b));
    }

    /** Ternary weights are those S2 can hold, but for -2. */
    @Test
    void shouldMultiplyTernaryWeights() {
        final Gemm gemm =
                Gemm.of(2, 3).types(DataType.F32, DataType.S2, DataType.F32).layout(Layout.NT);
        final Tensor b = Tensor.integers(DataType.S2, Shape.of(2, 3), 1, 0, -1, -1, -1, 0);
        assertArrayEquals(new float[] {-2, -3, -2, -9}, run(gemm, A, b));
    }

    /** 40 terms are groups of 32 and 8: sums of a - 1 = 2 times b - zb, times the scale of b, in order; times sa. */
    @Test
    void shouldScaleEachGroup() {
        final Gemm gemm = Gemm.of(1, 40)
                .types(DataType.U8, DataType.S4, DataType.F32)
                .quantization(
                        Quantization.perTensor(0.25f, 1),
                        Quantization.perGroup(32, new float[][] {{0.5f, 4}}, new int[][] {{1, -3}}))
                .bias(0.5f);
        final int[] threes = new int[40];
        java.util.Arrays.fill(threes, 3);
        final Tensor a = Tensor.integers(DataType.U8, Shape.of(1, 40), threes);
        final Tensor b = Tensor.integers(DataType.S4, Shape.of(40, 1), threes);
        // 32 * 2 * 2 * 0.5 + 8 * 2 * 6 * 4 = 64 + 384
        try (Engine engine = engine()) {
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 1));
            engine.compile(gemm).run(a, b, y);
            assertArrayEquals(new float[] {448 * 0.25f + 0.5f}, y.toFloats());
        }
    }
}
