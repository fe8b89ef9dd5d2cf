package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Isa;
import dev.tern.PackedWeights;
import dev.tern.Quantization;
import dev.tern.RowClass;
import dev.tern.Shape;
import dev.tern.SparseMatrix;
import dev.tern.Sparsity;
import dev.tern.Spmm;
import dev.tern.Tensor;
import dev.tern.testing.SpmmCase;
import dev.tern.testing.SpmmCases;
import dev.tern.testing.SpmmDifferential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel of the library for sparse weights that this processor runs, against the reference. */
class NativeSpmmTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    /** An engine for each kernel, with one to three threads. */
    private SpmmDifferential differential(final DataType weights) {
        for (final NativeKernel kernel : NativeTests.runnableKernels()) {
            if (kernel.isSparse() && kernel.weights() == weights) {
                engines.add(Engine.builder()
                        .device("cpu:native")
                        .kernel(kernel.name())
                        .threads(1 + engines.size() % MOST_THREADS)
                        .build());
            }
        }
        assertTrue(engines.size() >= 1, "the library has not even the scalar kernel");
        return new SpmmDifferential(engines.toArray(Engine[]::new));
    }

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    @ParameterizedTest
    @EnumSource(
            value = Sparsity.class,
            names = {"CSR", "N2_M4", "N1_M4"})
    void shouldAgreeWithTheReferenceOnFloats(final Sparsity sparsity) {
        try (SpmmDifferential differential = differential(DataType.F32)) {
            SpmmCases.f32(sparsity).forEach(differential::check);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "U8,S32,BLOCK_1X4",
        "U8,F32,BLOCK_1X4",
        "U8,S8,BLOCK_1X4",
        "U8,U8,BLOCK_1X4",
        "S8,S32,BLOCK_1X4",
        "S8,F32,BLOCK_1X4",
        "S8,S8,BLOCK_1X4",
        "S8,U8,BLOCK_1X4",
        "U8,S32,CSR",
        "S8,U8,N2_M4",
        "U8,F32,N1_M4"
    })
    void shouldAgreeWithTheReferenceOnBytes(final DataType x, final DataType y, final Sparsity sparsity) {
        try (SpmmDifferential differential = differential(DataType.S8)) {
            SpmmCases.int8(x, y, sparsity).forEach(differential::check);
        }
    }

    /** Every kernel that multiplies by the zeros as well computes the same. */
    @Test
    void shouldOfferDenseKernelsToo() {
        NativeTests.requireLibrary();
        final List<SpmmCase> cases = SpmmCases.int8(DataType.U8, DataType.U8, Sparsity.BLOCK_1X4);
        try (Engine offers = Engine.builder().device("cpu:native").build()) {
            final List<Candidate> candidates = offers.candidates(cases.getLast().spmm());
            for (final boolean sparse : List.of(true, false)) {
                assertTrue(
                        candidates.stream().anyMatch(c -> c.kernel().startsWith(sparse ? "spmm_" : "gemm_")),
                        candidates::toString);
            }
            candidates.forEach(c -> engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(c.kernel())
                    .threads(2)
                    .build()));
        }
        try (SpmmDifferential differential = new SpmmDifferential(engines.toArray(Engine[]::new))) {
            cases.forEach(differential::check);
        }
    }

    /** Where nothing was measured, few stored weights call for a sparse kernel, and many for a dense one. */
    @Test
    void shouldEstimateByDensity() {
        NativeTests.requireLibrary();
        try (Engine engine = Engine.builder()
                .device("cpu:native")
                .maxIsa(Isa.AVX2)
                .threads(1)
                .build()) {
            assertTrue(chosen(engine, 20, RowClass.MANY).startsWith("spmm_"), chosen(engine, 20, RowClass.MANY));
            assertTrue(chosen(engine, 1, RowClass.MANY).startsWith("gemm_"), chosen(engine, 1, RowClass.MANY));
        }
    }

    /** One row fills no vector but with rows of weights. */
    @Test
    void shouldLookWordsOfOneRowUpWhereThatIsFast() {
        final String name = "spmm_f32f32f32_csr_16x1_avx512vbmi";
        final boolean present = NativeTests.runnableKernels().stream()
                .anyMatch(kernel -> kernel.name().equals(name));
        try (Engine engine = Engine.builder().device("cpu:native").threads(1).build()) {
            assertEquals(present, chosen(engine, 20, RowClass.ONE).equals(name), chosen(engine, 20, RowClass.ONE));
            assertFalse(chosen(engine, 20, RowClass.MANY).equals(name), name);
        }
    }

    /** The kernel for weights of which one in {@code every} is stored. */
    private static String chosen(final Engine engine, final int every, final RowClass rows) {
        final Tensor dense = Tensor.allocate(DataType.F32, Shape.of(256, 256));
        for (int i = 0; i < 256 * 256; i += every) {
            dense.segment().setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, i, 1);
        }
        final SparseMatrix weights = SparseMatrix.of(Sparsity.CSR, dense);
        try (PackedWeights packed = engine.pack(Spmm.of(weights), weights)) {
            return engine.compile(packed)
                    .explain(rows.representative())
                    .chosen()
                    .kernel();
        }
    }

    @Test
    void shouldCountThePackedFormByItsStoredWeights() {
        NativeTests.requireLibrary();
        final SparseMatrix none = SparseMatrix.of(Sparsity.BLOCK_1X4, Tensor.allocate(DataType.S8, Shape.of(64, 512)));
        final Spmm spmm = Spmm.of(none).quantization(Quantization.symmetric(1), Quantization.symmetric(1));
        try (Engine engine = Engine.builder()
                        .device("cpu:native")
                        .kernel("spmm_u8s8s32_1x4_4x16_scalar")
                        .build();
                PackedWeights packed = engine.pack(spmm, none)) {
            final long canonical = packed.bytes();
            engine.compile(packed).prepare(RowClass.ONE);
            final long offsets = 2 * Long.BYTES;
            final long sums = 64 * Integer.BYTES;
            final long slices = 16 * 2 * Integer.BYTES;
            final long aligned = Math.ceilDiv(offsets + sums + slices, 64) * 64;
            assertEquals(aligned, packed.bytes() - canonical);
        }
    }
}
