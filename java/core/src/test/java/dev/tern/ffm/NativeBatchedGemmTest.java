package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.testing.BatchedCases;
import dev.tern.testing.BatchedDifferential;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches by every GEMM kernel of the library that this processor runs, against the reference. */
class NativeBatchedGemmTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    /** On one to three threads. */
    private void check(final List<GemmCase> cases) {
        final Gemm gemm = cases.getFirst().gemm();
        for (final NativeKernel kernel : NativeTests.runnableGemms(gemm)) {
            engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(kernel.name())
                    .threads(1 + engines.size() % MOST_THREADS)
                    .build());
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        try (BatchedDifferential differential = new BatchedDifferential(engines.toArray(Engine[]::new))) {
            BatchedCases.packed(cases).forEach(differential::checkPacked);
            BatchedCases.of(cases).forEach(differential::checkUnpacked);
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void shouldAgreeWithTheReferenceOnFloats(final Layout layout) {
        check(GemmCases.f32(layout));
    }

    @Test
    void shouldAgreeWithTheReferenceOnBfloat16() {
        check(GemmCases.bf16(Layout.NT));
    }

    @ParameterizedTest
    @CsvSource({"U8,S8,S32", "S8,S8,F32", "U8,S8,U8", "S8,S4,S8", "U8,S2,S32", "S8,B1,U8"})
    void shouldAgreeWithTheReferenceOnBytes(final DataType a, final DataType b, final DataType y) {
        check(GemmCases.bytes(a, b, y));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"S32", "F32", "U8"})
    void shouldAgreeWithTheReferenceOnSigns(final DataType y) {
        check(GemmCases.signs(y));
    }

    @ParameterizedTest
    @CsvSource({"F32,S8", "F32,S4", "F32,B1", "U8,S8", "S8,S4", "U8,S2"})
    void shouldAgreeWithTheReferenceOnScaledWeights(final DataType a, final DataType b) {
        check(GemmCases.scaled(a, b));
    }
}
