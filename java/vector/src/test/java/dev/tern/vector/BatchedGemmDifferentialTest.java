package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Layout;
import dev.tern.testing.BatchedCases;
import dev.tern.testing.BatchedDifferential;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class BatchedGemmDifferentialTest {
    private static void check(final List<GemmCase> cases) {
        try (Engine alone = engine(1);
                Engine together = engine(3);
                BatchedDifferential differential = new BatchedDifferential(alone, together)) {
            BatchedCases.packed(cases).forEach(differential::checkPacked);
            BatchedCases.of(cases).forEach(differential::checkUnpacked);
        }
    }

    private static Engine engine(final int threads) {
        return Engine.builder().device("cpu:vector").threads(threads).build();
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void shouldAgreeWithTheReferenceOnFloats(final Layout layout) {
        check(GemmCases.f32(layout));
    }

    @ParameterizedTest
    @CsvSource({"U8,S8,S32", "S8,S4,F32", "U8,S2,U8", "S8,B1,S8"})
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
    @CsvSource({"F32,S8", "F32,S4", "U8,S8", "S8,S2"})
    void shouldAgreeWithTheReferenceOnScaledWeights(final DataType a, final DataType b) {
        check(GemmCases.scaled(a, b));
    }
}
