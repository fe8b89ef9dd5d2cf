package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Reorderings against results worked out by hand, and what is refused. */
class ReorderTest {
    private static final Quantization TENTHS = Quantization.perTensor(0.5f, 3);

    private static Tensor run(final Reorder reorder, final Tensor x) {
        try (Engine engine = Engine.builder().device("cpu:reference").threads(1).build()) {
            final TensorType type = reorder.y(x.length(0) * reorder.positions());
            final Tensor y = Tensor.allocate(type.type(), type.shape());
            engine.compile(reorder).run(x, y);
            return y;
        }
    }

    @Test
    void shouldBringPlanesTogether() {
        final Tensor planes = Tensor.of(Shape.of(1, 2, 2, 3), 1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6f);
        final Reorder reorder = Reorder.of(2, 3, 2).layouts(ImageLayout.NCHW, ImageLayout.NHWC);
        final float[] expected = {1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6};
        final Tensor together = run(reorder, planes);
        assertArrayEquals(expected, together.toFloats());
        final Reorder back = reorder.layouts(ImageLayout.NHWC, ImageLayout.NCHW);
        assertArrayEquals(planes.toFloats(), run(back, together).toFloats());
    }

    @Test
    void shouldQuantizeToTheNearestAndClamp() {
        final Tensor x = Tensor.of(Shape.of(1, 1, 1, 8), 0, 0.25f, 0.75f, -0.26f, 1e9f, -1e9f, Float.NaN, 126.1f);
        final Reorder reorder = Reorder.rows(8).types(DataType.F32, DataType.U8, TENTHS);
        final byte[] expected = {3, 3, 5, 2, (byte) 255, 0, 3, (byte) 255};
        assertArrayEquals(expected, run(reorder, x).toBytes());
    }

    @Test
    void shouldScaleBytesBack() {
        final Tensor x = Tensor.integers(DataType.S8, Shape.of(1, 1, 1, 3), 3, -128, 127);
        final Reorder reorder = Reorder.rows(3).types(DataType.S8, DataType.F32, TENTHS);
        assertArrayEquals(new float[] {0, -65.5f, 62}, run(reorder, x).toFloats());
    }

    @Test
    void shouldTakeZeroForPositive() {
        final Tensor x = Tensor.of(Shape.of(1, 1, 1, 10), 1, -1, 0, -0f, Float.NaN, 2, -2, 3, -3, 4f);
        final Tensor y = run(Reorder.rows(10).types(DataType.F32, DataType.B1), x);
        assertArrayEquals(new byte[] {(byte) 0b10101101, 0b10}, y.toBytes());
    }

    @Test
    void shouldNameWhatIsWrong() {
        final Reorder rows = Reorder.rows(8);
        refused("types: got U8, S8, allowed: F32 with", () -> rows.types(DataType.U8, DataType.S8));
        refused(
                "to: got NCHW, allowed: NHWC for B1",
                () -> rows.types(DataType.F32, DataType.B1).layouts(ImageLayout.NHWC, ImageLayout.NCHW));
        refused(
                "quantization zeroPoint: got 3000",
                () -> rows.types(DataType.F32, DataType.U8, Quantization.perTensor(1, 3000)));
        refused(
                "a shape: got [1, 1, 1, 7], allowed: [1, 1, 1, 8]",
                () -> run(rows, Tensor.of(Shape.of(1, 1, 1, 7), new float[7])));
        assertEquals("reorder f32f32 nhwc-nhwc 1x1x8", rows.signature());
    }

    private static void refused(final String message, final Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals(
                message,
                e.getMessage()
                        .substring(0, Math.min(message.length(), e.getMessage().length())));
    }
}
