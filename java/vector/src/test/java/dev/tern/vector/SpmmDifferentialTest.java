package dev.tern.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Sparsity;
import dev.tern.testing.SpmmCase;
import dev.tern.testing.SpmmCases;
import dev.tern.testing.SpmmDifferential;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sparse weights at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class SpmmDifferentialTest {
    private static void check(final List<SpmmCase> cases) {
        final List<String> kernels;
        try (Engine engine = Engine.builder().device("cpu:vector").build()) {
            kernels = engine.candidates(cases.getFirst().spmm()).stream()
                    .map(Candidate::kernel)
                    .toList();
        }
        assertEquals(2, kernels.size(), "one that leaves zeros out, one that does not");
        try (Engine sparse = engine(kernels.getFirst(), 1);
                Engine together = engine(kernels.getFirst(), 3);
                Engine dense = engine(kernels.getLast(), 2);
                SpmmDifferential differential = new SpmmDifferential(sparse, together, dense)) {
            cases.forEach(differential::check);
        }
    }

    private static Engine engine(final String kernel, final int threads) {
        return Engine.builder()
                .device("cpu:vector")
                .kernel(kernel)
                .threads(threads)
                .build();
    }

    @ParameterizedTest
    @EnumSource(
            value = Sparsity.class,
            names = {"CSR", "N2_M4", "N1_M4"})
    void shouldAgreeWithTheReferenceOnFloats(final Sparsity sparsity) {
        check(SpmmCases.f32(sparsity));
    }

    @ParameterizedTest
    @CsvSource({"U8,S32,BLOCK_1X4", "S8,F32,BLOCK_1X4", "U8,U8,BLOCK_1X4", "S8,S8,CSR", "U8,F32,N2_M4", "S8,U8,N1_M4"})
    void shouldAgreeWithTheReferenceOnBytes(final DataType x, final DataType y, final Sparsity sparsity) {
        check(SpmmCases.int8(x, y, sparsity));
    }
}
