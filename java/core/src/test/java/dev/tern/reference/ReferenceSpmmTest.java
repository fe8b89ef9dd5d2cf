package dev.tern.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.PackedWeights;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.SparseMatrix;
import dev.tern.Sparsity;
import dev.tern.Spmm;
import dev.tern.Tensor;
import dev.tern.testing.SpmmCases;
import dev.tern.testing.SpmmDifferential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The reference against results worked out by hand, and against the GEMM that has the zeros. */
class ReferenceSpmmTest {
    private static Engine engine() {
        return Engine.builder().device("cpu:reference").threads(1).build();
    }

    @Test
    void shouldMultiplyByStoredWeightsOnly() {
        // an infinity meets no weight of the first row
        final SparseMatrix weights = SparseMatrix.of(Sparsity.CSR, Tensor.of(Shape.of(2, 3), 2f, 0f, 0f, 0f, 3f, 4f));
        final Tensor x = Tensor.of(Shape.of(1, 3), 5f, Float.POSITIVE_INFINITY, 1f);
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 2));
        try (Engine engine = engine();
                PackedWeights packed = engine.pack(Spmm.of(weights), weights)) {
            engine.compile(packed).run(x, y);
        }
        assertArrayEquals(new float[] {10, Float.POSITIVE_INFINITY}, y.toFloats());
    }

    @Test
    void shouldTakeTheZeroPointOffStoredWeightsOnly() {
        // (7 - 3) * 2 + (1 - 3) * 1 = 6, and 0 for the row without weights; times 0.5, + 10
        final SparseMatrix weights = SparseMatrix.of(
                Sparsity.BLOCK_1X4, Tensor.integers(DataType.S8, Shape.of(2, 6), 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0));
        final Spmm spmm = Spmm.of(weights)
                .types(DataType.U8, DataType.S8, DataType.U8)
                .quantization(
                        Quantization.perTensor(1, 3), Quantization.symmetric(0.5f), Quantization.perTensor(1, 10));
        final Tensor x = Tensor.integers(DataType.U8, Shape.of(1, 6), 200, 200, 200, 200, 7, 1);
        final Tensor y = Tensor.allocate(DataType.U8, Shape.of(1, 2));
        try (Engine engine = engine();
                PackedWeights packed = engine.pack(spmm, weights)) {
            engine.compile(packed).run(x, y);
        }
        assertArrayEquals(new byte[] {13, 10}, y.toBytes());
    }

    @ParameterizedTest
    @EnumSource(
            value = Sparsity.class,
            names = {"CSR", "N2_M4", "N1_M4"})
    void shouldAgreeWithTheGemmOnFloats(final Sparsity sparsity) {
        try (Engine engine = engine();
                SpmmDifferential differential = new SpmmDifferential(engine)) {
            SpmmCases.f32(sparsity).forEach(differential::check);
        }
    }

    @ParameterizedTest
    @CsvSource({"U8,S32,CSR", "S8,F32,BLOCK_1X4", "U8,U8,N2_M4", "S8,S8,N1_M4"})
    void shouldAgreeWithTheGemmOnBytes(final DataType x, final DataType y, final Sparsity sparsity) {
        try (Engine engine = engine();
                SpmmDifferential differential = new SpmmDifferential(engine)) {
            SpmmCases.int8(x, y, sparsity).forEach(differential::check);
        }
    }
}
