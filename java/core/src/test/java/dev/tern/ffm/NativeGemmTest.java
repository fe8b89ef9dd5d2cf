package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel of the library that this processor runs, against the reference. */
class NativeGemmTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    /** An engine for each kernel that runs an operation, with one to three threads. */
    private GemmDifferential differential(final Gemm gemm) {
        for (final NativeKernel kernel : NativeTests.runnableGemms(gemm)) {
            engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(kernel.name())
                    .threads(1 + engines.size() % MOST_THREADS)
                    .build());
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        return new GemmDifferential(engines.toArray(Engine[]::new));
    }

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    @ParameterizedTest
    @CsvSource({"U8,S32", "U8,F32", "U8,S8", "U8,U8", "S8,S32", "S8,F32", "S8,S8", "S8,U8"})
    void shouldAgreeWithTheReferenceOnBytes(final DataType a, final DataType y) {
        try (GemmDifferential differential = differential(Gemm.of(1, 1).types(a, DataType.S8, y))) {
            GemmCases.int8(a, y).forEach(differential::checkPacked);
            GemmCases.int8(a, y).forEach(differential::checkUnpacked);
            GemmCases.scaledRows(GemmCases.int8(a, y)).forEach(differential::checkPacked);
        }
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void shouldAgreeWithTheReferenceOnFloats(final Layout layout) {
        try (GemmDifferential differential = differential(Gemm.of(1, 1))) {
            GemmCases.f32(layout).forEach(differential::checkPacked);
            GemmCases.f32(layout).forEach(differential::checkUnpacked);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"NN", "NT"})
    void shouldAgreeWithTheReferenceOnBfloat16(final Layout layout) {
        final List<GemmCase> cases = GemmCases.bf16(layout);
        try (GemmDifferential differential = differential(cases.getFirst().gemm())) {
            cases.forEach(differential::checkPacked);
            cases.forEach(differential::checkUnpacked);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"S32", "F32", "S8", "U8"})
    void shouldAgreeWithTheReferenceOnSigns(final DataType y) {
        try (GemmDifferential differential = differential(Gemm.of(1, 1).types(DataType.B1, DataType.B1, y))) {
            GemmCases.signs(y).forEach(differential::checkPacked);
            GemmCases.signs(y).forEach(differential::checkUnpacked);
            GemmCases.scaledRows(GemmCases.signs(y)).forEach(differential::checkPacked);
        }
    }

    @ParameterizedTest
    @CsvSource({"U8,S4,S32", "S8,S4,U8", "S8,S4,F32", "U8,S2,S32", "S8,S2,S8", "U8,S2,F32", "U8,B1,S32", "S8,B1,U8"})
    void shouldAgreeWithTheReferenceOnNarrowWeights(final DataType a, final DataType b, final DataType y) {
        try (GemmDifferential differential = differential(Gemm.of(1, 1).types(a, b, y))) {
            GemmCases.bytes(a, b, y).forEach(differential::checkPacked);
            GemmCases.bytes(a, b, y).forEach(differential::checkUnpacked);
            GemmCases.scaledRows(GemmCases.bytes(a, b, y)).forEach(differential::checkPacked);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,S8", "F32,S4", "F32,S2", "F32,B1", "U8,S8", "S8,S8", "U8,S4", "S8,S4", "U8,S2", "S8,S2"})
    void shouldAgreeWithTheReferenceOnScaledWeights(final DataType a, final DataType b) {
        final List<GemmCase> cases = GemmCases.scaled(a, b);
        try (GemmDifferential differential = differential(cases.getFirst().gemm())) {
            cases.forEach(differential::checkPacked);
            cases.forEach(differential::checkUnpacked);
        }
    }
}
