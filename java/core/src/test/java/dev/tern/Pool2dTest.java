package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Poolings against results worked out by hand, and what is refused. */
class Pool2dTest {
    private static final Window TWO = Window.of(2, 2).stride(2);
    private static final float[] ROWS = {
        1, 5, 2, 2, //
        5, 3, 2, 2, //
        -1, -2, Float.NaN, 7
    };
    private static final Tensor X = Tensor.of(Shape.of(1, 3, 4, 1), ROWS);

    private static Engine reference() {
        return Engine.builder().device("cpu:reference").threads(1).build();
    }

    private static Tensor run(final Pool2d pool, final Tensor a, final Tensor b) {
        try (Engine engine = reference()) {
            final TensorType type = pool.y(a.length(0) * Math.max(1, pool.positions()));
            final Tensor y = Tensor.allocate(type.type(), type.shape());
            final Plan plan = engine.compile(pool);
            if (b == null) {
                plan.run(a, y);
            } else {
                plan.run(a, b, y);
            }
            return y;
        }
    }

    @Test
    void shouldTakeTheGreatest() {
        final Pool2d pool = Pool2d.max(3, 4, 1, TWO.padding(0, 0, 1, 0));
        assertArrayEquals(new float[] {5, 2, -1, Float.NaN}, run(pool, X, null).toFloats());
    }

    @Test
    void shouldAverageWithAndWithoutPadding() {
        final Pool2d pool = Pool2d.average(3, 4, 1, TWO.padding(0, 0, 1, 0));
        assertArrayEquals(
                new float[] {3.5f, 2, -1.5f, Float.NaN}, run(pool, X, null).toFloats());
        assertArrayEquals(
                new float[] {3.5f, 2, -0.75f, Float.NaN},
                run(pool.countPadding(), X, null).toFloats());
        assertArrayEquals(
                new float[] {Float.NaN},
                run(Pool2d.globalAverage(3, 4, 1), X, null).toFloats());
    }

    /** -3 + 2 + 2 and 0 from padding, less the zero points: 2, 7, 7 and 0, over 4 or over 3, plus -5. */
    @Test
    void shouldRoundAveragesToEvenAroundTheZeroPoint() {
        final Tensor x = Tensor.integers(DataType.S8, Shape.of(1, 3, 1, 2), -3, -3, 2, 2, 2, 1);
        final Pool2d pool = Pool2d.average(3, 1, 2, Window.of(4, 1).padding(1, 0, 0, 0))
                .type(DataType.S8, Quantization.perTensor(1, -5));
        assertArrayEquals(new byte[] {0, 0}, run(pool, x, null).toBytes());
        assertArrayEquals(new byte[] {-1, -1}, run(pool.countPadding(), x, null).toBytes());
        final Pool2d pairs = Pool2d.average(3, 1, 2, Window.of(2, 1)).type(DataType.S8, Quantization.symmetric(1));
        assertArrayEquals(new byte[] {0, 0, 2, 2}, run(pairs, x, null).toBytes()); // -0.5, -0.5, 2, 1.5
    }

    @Test
    void shouldGiveTheGradientToTheFirstOfEquals() {
        final Tensor dy = Tensor.of(Shape.of(1, 2, 3, 1), 1f, 10f, 100f, 1000f, 10_000f, 100_000f);
        final Pool2d pool = Pool2d.max(3, 4, 1, Window.of(2, 2)).backward();
        assertArrayEquals(
                new float[] {0, 11, 100, 0, 1000, 0, 0, 0, 0, 0, 110_000, 0},
                run(pool, X, dy).toFloats());
    }

    @Test
    void shouldShareTheGradientOfAnAverage() {
        final Tensor dy = Tensor.of(Shape.of(1, 2, 2, 1), 4f, 8f, 6f, 2f);
        final Pool2d pool = Pool2d.average(3, 4, 1, TWO.padding(0, 0, 1, 0)).backward();
        assertArrayEquals(
                new float[] {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 1, 1},
                run(pool, dy, null).toFloats());
    }

    @Test
    void shouldRefuseWhatHasNoMeaning() {
        refuses(
                "window",
                () -> Pool2d.max(1, 1, 1, Window.of(2, 2).dilation(2, 2).padding(2)));
        refuses("channels", () -> Pool2d.max(1, 1, 0, Window.of(1, 1)));
        refuses("type", () -> Pool2d.max(1, 1, 1, Window.of(1, 1)).type(DataType.S32, Quantization.symmetric(1)));
        final Pool2d bytes = Pool2d.max(2, 2, 1, Window.of(1, 1)).type(DataType.U8, Quantization.perTensor(1, 7));
        refuses("type", bytes::backward);
        refuses("zeroPoint", () -> bytes.type(DataType.U8, Quantization.perTensor(1, -1)));
        refuses("window", () -> Pool2d.globalAverage(256, 256, 1).type(DataType.U8, Quantization.symmetric(1)));
        refuses("a shape", () -> run(Pool2d.max(3, 3, 1, TWO), X, null));
        try (Engine engine = reference()) {
            refuses("weights", () -> engine.pack(bytes, X));
            refuses(
                    "y",
                    () -> engine.compile(Pool2d.max(3, 4, 1, Window.of(1, 1))).run(X, X));
            final Plan gradient =
                    engine.compile(Pool2d.max(3, 4, 1, Window.of(1, 1)).backward());
            assertThrows(IllegalStateException.class, () -> gradient.run(X, X));
            final Plan average = engine.compile(Pool2d.globalAverage(3, 4, 1));
            assertThrows(IllegalStateException.class, () -> average.run(X, X, X));
        }
    }

    private static void refuses(final String argument, final Runnable call) {
        final var refusal = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(refusal.getMessage().contains(argument), refusal.getMessage());
    }

    @Test
    void shouldSayWhereItRuns() {
        try (Engine engine = reference()) {
            final Pool2d pool = Pool2d.average(8, 8, 4, TWO).backward();
            assertEquals(
                    "pool_average_backward_f32_scalar",
                    engine.compile(pool).explain(1).chosen().kernel());
            assertEquals("pool2d average_backward f32 8x8x4 2x2 s2x2 d1x1 p0,0,0,0", pool.signature());
        }
    }
}
