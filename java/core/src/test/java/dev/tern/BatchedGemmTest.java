package dev.tern;

import static dev.tern.DataType.F32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchedGemmTest {
    private static final BatchedGemm FOUR = BatchedGemm.of(4, Gemm.of(2, 3));

    static Stream<Arguments> bad() {
        return Stream.of(
                bad("batch: got -1", () -> BatchedGemm.of(-1, Gemm.of(2, 3))),
                bad("product: got null", () -> BatchedGemm.of(1, null)),
                bad("a shape: got [3, 5, 3], allowed: three dim", () -> run(f32(3, 5, 3), f32(4, 3, 2), f32(4, 5, 2))),
                bad("a shape: got [4, 5, 2], allowed: length 3", () -> run(f32(4, 5, 2), f32(4, 3, 2), f32(4, 5, 2))),
                bad("a shape: got [5, 2], allowed: length 3", () -> run(f32(5, 2), f32(4, 3, 2), f32(4, 5, 2))),
                bad("b shape: got [1, 3, 2], allowed: three dim", () -> run(f32(4, 5, 3), f32(1, 3, 2), f32(4, 5, 2))),
                bad("b shape: got [4, 3, 3], allowed: length 2", () -> run(f32(4, 5, 3), f32(4, 3, 3), f32(4, 5, 2))),
                bad("b shape: got [6]", () -> run(f32(4, 5, 3), f32(6), f32(4, 5, 2))),
                bad("y shape: got [5, 2], allowed: three dim", () -> run(f32(4, 5, 3), f32(4, 3, 2), f32(5, 2))),
                bad("y shape: got [4, 6, 2], allowed: length 5", () -> run(f32(4, 5, 3), f32(4, 3, 2), f32(4, 6, 2))),
                bad("a type: got U8", () -> run(Tensor.allocate(U8, Shape.of(5, 3)), f32(4, 3, 2), f32(4, 5, 2))),
                bad("b: got null", () -> run(f32(4, 5, 3), null, f32(4, 5, 2))),
                bad("y: got memory shared with a", BatchedGemmTest::runOnOneMemory),
                bad("weights shape: got [3, 2], allowed: [4, 3, 2]", () -> FOUR.checkWeights(f32(3, 2))),
                bad("weights type: got S8", () -> FOUR.checkWeights(Tensor.allocate(S8, Shape.of(4, 3, 2)))));
    }

    private static Tensor f32(final long... lengths) {
        return Tensor.allocate(F32, Shape.of(lengths));
    }

    private static void run(final Tensor a, final Tensor b, final Tensor y) {
        run("cpu:reference", FOUR, a, b, y);
    }

    private static void run(
            final String device, final BatchedGemm operation, final Tensor a, final Tensor b, final Tensor y) {
        try (Engine engine = Engine.builder().device(device).threads(1).build()) {
            engine.compile(operation).run(a, b, y);
        }
    }

    private static void runOnOneMemory() {
        final Tensor both = f32(4, 5, 3);
        run(both, f32(4, 3, 2), both.slice(2, 0, 2));
    }

    private static Arguments bad(final String message, final Executable action) {
        return Arguments.of(message, action);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bad")
    void shouldRefuseWhatDoesNotFit(final String message, final Executable action) {
        final var refusal = assertThrows(IllegalArgumentException.class, action);
        assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("allowed"), refusal.getMessage());
    }

    @Test
    void shouldSignWhatDecidesSpeed() {
        assertEquals("gemm f32f32f32 nn n2 k3 beta0 batch4", FOUR.signature());
        assertEquals(4 * 2 * 7 * 2 * 3, FOUR.operations(7));
    }

    @Test
    void shouldBeEqualByWhatItComputes() {
        assertEquals(FOUR, BatchedGemm.of(4, Gemm.of(2, 3)));
        assertNotEquals(FOUR, BatchedGemm.of(5, Gemm.of(2, 3)));
        assertNotEquals(FOUR, BatchedGemm.of(4, Gemm.of(2, 3).relu()));
    }

    /** Each target, since a matrix of a batch lies between the rows of another. */
    static List<String> targets() {
        try (Engine engine = Engine.builder().device("cpu").build()) {
            return engine.targets();
        }
    }

    /** Two heads of two features, in rows of three steps: [steps, heads, features]. */
    @ParameterizedTest
    @MethodSource("targets")
    void shouldMultiplyTheHeadsOfAttentionInPlace(final String target) {
        final MemorySegment queries = MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        final Tensor heads = Tensor.wrap(queries, F32, Shape.of(2, 3, 2), 2, 4, 1);
        final float[] scores = new float[2 * 3 * 3];
        final Tensor y = Tensor.wrap(MemorySegment.ofArray(scores), F32, Shape.of(2, 3, 3), 3, 6, 1);
        final Gemm product = Gemm.of(3, 2).layout(Layout.NT);
        run(target, BatchedGemm.of(2, product), heads, heads, y);
        assertArrayEquals(
                new float[] {5, 17, 29, 25, 53, 81, 17, 61, 105, 53, 113, 173, 29, 105, 181, 81, 173, 265}, scores);
    }
}
