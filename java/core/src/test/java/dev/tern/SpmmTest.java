package dev.tern;

import static dev.tern.DataType.F32;
import static dev.tern.DataType.S32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SpmmTest {
    private static final SparseMatrix HALF =
            SparseMatrix.of(Sparsity.CSR, Tensor.of(Shape.of(2, 3), 1f, 0f, 2f, 0f, 3f, 0f));
    private static final Spmm BLOCKS = Spmm.of(2, 8, Sparsity.BLOCK_1X4, 0.5);

    static Stream<Arguments> bad() {
        final Quantization one = Quantization.symmetric(1);
        return Stream.of(
                bad("density: got 1.5", () -> Spmm.of(1, 1, Sparsity.CSR, 1.5)),
                bad("density: got NaN", () -> Spmm.of(1, 1, Sparsity.CSR, Double.NaN)),
                bad("sparsity: got null", () -> Spmm.of(1, 1, null, 1)),
                bad("n: got -1", () -> Spmm.of(-1, 1, Sparsity.CSR, 1)),
                bad("weights type: got F32", () -> BLOCKS.types(F32, F32, F32)),
                bad("weights type: got S4", () -> BLOCKS.types(U8, DataType.S4, S32)),
                bad("weights zeroPoint: got", () -> BLOCKS.quantization(one, Quantization.perTensor(1, 3))),
                bad("layout: got NN", () -> Spmm.of(Gemm.of(2, 3), zeros(3, 2))),
                bad("weights shape: got [3, 2]", () -> Spmm.of(Gemm.of(2, 3).layout(Layout.NT), zeros(3, 2))),
                bad("operation: got spmm", () -> withEngine(engine -> engine.compile(BLOCKS))),
                bad("weights sparsity: got CSR", () -> withEngine(engine -> engine.pack(BLOCKS, HALF))),
                bad(
                        "weights density: got 0.500",
                        () -> withEngine(engine -> engine.pack(Spmm.of(2, 3, Sparsity.CSR, 0.3), HALF))),
                bad(
                        "weights shape: got [3, 2]",
                        () -> withEngine(engine -> engine.pack(Spmm.of(HALF), Tensor.allocate(F32, Shape.of(3, 2))))));
    }

    private static SparseMatrix zeros(final int rows, final int columns) {
        return SparseMatrix.of(Sparsity.CSR, Tensor.allocate(F32, Shape.of(rows, columns)));
    }

    private static void withEngine(final java.util.function.Consumer<Engine> action) {
        try (Engine engine = Engine.builder().device("cpu:reference").build()) {
            action.accept(engine);
        }
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
        assertEquals("spmm f32f32f32 csr 50% n2 k3 beta0", Spmm.of(HALF).signature());
        assertEquals(
                "spmm u8s8s32 1x4 15% n2 k8 beta1",
                Spmm.of(2, 8, Sparsity.BLOCK_1X4, 0.101).accumulate().signature());
        assertEquals(
                "spmm u8s8s32 1x4 10% n2 k8 beta0",
                Spmm.of(2, 8, Sparsity.BLOCK_1X4, 0.1).signature());
    }

    @Test
    void shouldCountStoredOperations() {
        assertEquals(2 * 10 * 2 * 8 / 2, BLOCKS.operations(10));
        assertEquals(0, Spmm.of(2, 8, Sparsity.CSR, 0).operations(10));
    }

    @Test
    void shouldTakeTypesFromWeights() {
        final Tensor bytes = Tensor.integers(S8, Shape.of(1, 4), 1, 0, 0, 2);
        final Spmm spmm = Spmm.of(SparseMatrix.of(Sparsity.N2_M4, bytes));
        assertEquals("spmm u8s8s32 2:4 50% n1 k4 beta0", spmm.toString());
    }

    @Test
    void shouldBeEqualByWhatItComputes() {
        assertEquals(BLOCKS, Spmm.of(2, 8, Sparsity.BLOCK_1X4, 0.47));
        assertNotEquals(BLOCKS, BLOCKS.bias(1, 2));
        assertNotEquals(BLOCKS, Spmm.of(2, 8, Sparsity.BLOCK_1X4, 0.3));
    }
}
