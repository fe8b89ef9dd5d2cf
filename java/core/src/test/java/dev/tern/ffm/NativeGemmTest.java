package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Layout;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel of the library that this processor runs, against the reference. */
class NativeGemmTest {
    private static Stream<NativeKernel> kernels() {
        return NativeTests.runnableKernels().stream();
    }

    private static List<GemmCase> cases(final NativeKernel kernel) {
        final List<GemmCase> cases = new ArrayList<>();
        if (kernel.integer()) {
            for (final DataType a : List.of(DataType.U8, DataType.S8)) {
                for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
                    cases.addAll(GemmCases.int8(a, y));
                }
            }
        } else {
            for (final Layout layout : Layout.values()) {
                cases.addAll(GemmCases.f32(layout));
            }
        }
        assertFalse(cases.isEmpty());
        return cases;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldAgreeWithTheReferenceOnPackedWeights(final NativeKernel kernel) {
        try (Engine engine = engine(kernel, 2);
                GemmDifferential differential = new GemmDifferential(engine)) {
            cases(kernel).forEach(differential::checkPacked);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shouldAgreeWithTheReferenceOnOperandsAtRunTime(final NativeKernel kernel) {
        try (Engine engine = engine(kernel, 3);
                GemmDifferential differential = new GemmDifferential(engine)) {
            cases(kernel).forEach(differential::checkUnpacked);
        }
    }

    private static Engine engine(final NativeKernel kernel, final int threads) {
        return Engine.builder()
                .device("cpu:native")
                .kernel(kernel.name())
                .threads(threads)
                .build();
    }
}
