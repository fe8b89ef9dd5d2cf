package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A layer against cells worked out by hand, and what is refused. */
class LstmTest {
    private static final Tensor X = Tensor.of(Shape.of(2, 1, 1), 1f, -2f);

    /** Rows i, f, g, o; columns x, h. */
    private static final Tensor WEIGHTS = Tensor.of(Shape.of(4, 2), 0.5f, 1f, -1f, 0.25f, 2f, -0.5f, 1f, 1f);

    private static final float[] BIAS = {0.1f, 0.2f, 0.3f, 0.4f};

    private static Engine reference() {
        return Engine.builder().device("cpu:reference").threads(1).build();
    }

    private static double sigmoid(final double z) {
        return 1 / (1 + Math.exp(-z));
    }

    @Test
    void shouldKeepTheOrderOfGates() {
        final double c1 = sigmoid(0.6) * Math.tanh(2.3);
        final double h1 = sigmoid(1.4) * Math.tanh(c1);
        final double c2 = sigmoid(2.2 + 0.25 * h1) * c1 + sigmoid(-0.9 + h1) * Math.tanh(-3.7 - 0.5 * h1);
        final double h2 = sigmoid(-1.6 + h1) * Math.tanh(c2);
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 1, 1));
        final Tensor state = Tensor.allocate(DataType.F32, Shape.of(2, 1, 1));
        final Lstm lstm = Lstm.of(1, 1).bias(BIAS);
        try (Engine engine = reference();
                PackedWeights fromZero = engine.pack(lstm, WEIGHTS);
                PackedWeights stateful = engine.pack(lstm.stateful(), WEIGHTS)) {
            engine.compile(fromZero).run(X, y);
            assertArrayEquals(new float[] {(float) h1, (float) h2}, y.toFloats(), 1e-6f);
            engine.compile(stateful).run(X, state, y);
            assertArrayEquals(new float[] {(float) h1, (float) h2}, y.toFloats(), 1e-6f);
            assertArrayEquals(new float[] {(float) h2, (float) c2}, state.toFloats(), 1e-6f);
        }
    }

    /** x is 3 * 0.5, h before is 0.5, which is 64 steps of 1/127 (63.5, to even); weights are in steps of 0.25. */
    @Test
    void shouldMultiplyQuantizedStates() {
        final Lstm lstm = Lstm.of(1, 1)
                .quantization(DataType.U8, Quantization.perTensor(0.5f, 7), Quantization.symmetric(0.25f))
                .stateful();
        final Tensor weights = Tensor.integers(DataType.S8, Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        final Tensor x = Tensor.integers(DataType.U8, Shape.of(1, 1, 1), 10);
        final Tensor state = Tensor.of(Shape.of(2, 1, 1), 0.5f, 1f);
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 1, 1));
        final double h = 64 / 127.0;
        final double c = sigmoid(1.5 * 0.75 + h) + sigmoid(1.5 * 0.25 + 0.5 * h) * Math.tanh(1.5 * 1.25 + 1.5 * h);
        final double out = sigmoid(1.5 * 1.75 + 2 * h) * Math.tanh(c);
        try (Engine engine = reference();
                PackedWeights packed = engine.pack(lstm, weights)) {
            engine.compile(packed).run(x, state, y);
            assertArrayEquals(new float[] {(float) out}, y.toFloats(), 1e-6f);
            assertArrayEquals(new float[] {(float) out, (float) c}, state.toFloats(), 1e-6f);
        }
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        refuses("inputs", () -> Lstm.of(0, 1));
        refuses("hidden", () -> Lstm.of(1, 0));
        refuses("bias", () -> Lstm.of(1, 2).bias(1, 2, 3));
        final Quantization one = Quantization.symmetric(1);
        refuses("type", () -> Lstm.of(1, 1).quantization(DataType.F32, one, one));
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 1, 1));
        try (Engine engine = reference();
                PackedWeights packed = engine.pack(Lstm.of(1, 1), WEIGHTS);
                PackedWeights stateful = engine.pack(Lstm.of(1, 1).stateful(), WEIGHTS)) {
            refuses("operation", () -> engine.compile(Lstm.of(1, 1)));
            refuses("weights shape", () -> engine.pack(Lstm.of(2, 1), WEIGHTS));
            refuses("y shape", () -> engine.compile(packed).run(X.slice(0, 0, 1), y));
            refuses("b shape", () -> engine.compile(stateful).run(X, X.slice(0, 0, 1), y));
            refuses("y", () -> engine.compile(packed).run(X, X));
            refuses("y", () -> engine.compile(stateful).run(X, y, y));
            assertThrows(
                    IllegalStateException.class, () -> engine.compile(packed).run(X, y, y));
            assertThrows(
                    IllegalStateException.class, () -> engine.compile(stateful).run(X, y));
        }
    }

    private static void refuses(final String argument, final Runnable call) {
        final var refusal = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(refusal.getMessage().contains(argument), refusal.getMessage());
    }

    @Test
    void shouldLeaveTheStateWithoutSteps() {
        final Tensor state = Tensor.of(Shape.of(2, 1, 1), 0.5f, 1f);
        try (Engine engine = reference();
                PackedWeights packed = engine.pack(Lstm.of(1, 1).stateful(), WEIGHTS)) {
            final Tensor none = Tensor.allocate(DataType.F32, Shape.of(0, 1, 1));
            engine.compile(packed).run(none, state, Tensor.allocate(DataType.F32, Shape.of(0, 1, 1)));
            assertArrayEquals(new float[] {0.5f, 1f}, state.toFloats());
            assertEquals("lstm f32f32f32 i1 h1 stateful", packed.operation().signature());
        }
    }

    /** Parts of weights are packed by themselves, and counted with the whole. */
    @Test
    void shouldCountPartsWithTheWhole() {
        final Lstm lstm = Lstm.of(1, 1);
        try (Engine engine = reference();
                PackedWeights packed = engine.pack(lstm, WEIGHTS)) {
            final long whole = packed.bytes();
            final PackedWeights part = packed.part("input", lstm.input(), lstm::inputWeights);
            part.form("test", PackedForm.class, canonical -> new PackedForm() {
                @Override
                public long bytes() {
                    return 7 * canonical.length(0);
                }

                @Override
                public void free() {}
            });
            assertEquals(whole + 28, packed.bytes());
            assertTrue(part == packed.part("input", lstm.input(), lstm::inputWeights));
        }
    }
}
