package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.testing.LstmCases;
import dev.tern.testing.LstmDifferential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every GEMM kernel that this processor runs, with the gates that go with it, against the reference. */
class NativeLstmTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"F32", "U8", "S8"})
    void shouldAgreeWithTheReference(final DataType x) {
        final Gemm product = Gemm.of(1, 1).types(x, x == DataType.F32 ? x : DataType.S8, DataType.F32);
        for (final NativeKernel kernel : NativeTests.runnableGemms(product)) {
            engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(kernel.name())
                    .threads(1 + engines.size() % MOST_THREADS)
                    .build());
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        try (LstmDifferential differential = new LstmDifferential(engines.toArray(Engine[]::new))) {
            LstmCases.of(x).forEach(differential::check);
        }
    }
}
