package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.testing.LstmCases;
import dev.tern.testing.LstmTrainingDifferential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both passes by every f32 GEMM kernel that this processor runs, with the gates that go with it. */
class NativeLstmTrainingTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    @Test
    void shouldAgreeWithTheReference() {
        for (final NativeKernel kernel : NativeTests.runnableGemms(Gemm.of(1, 1))) {
            engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(kernel.name())
                    .threads(1 + engines.size() % MOST_THREADS)
                    .build());
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        try (LstmTrainingDifferential differential = new LstmTrainingDifferential(engines.toArray(Engine[]::new))) {
            LstmCases.of(DataType.F32).forEach(differential::checkForward);
            LstmCases.of(DataType.F32).forEach(differential::checkBackward);
        }
    }

    @Test
    void shouldNotDependOnThreads() {
        NativeTests.requireLibrary();
        for (int threads = 1; threads <= MOST_THREADS; threads++) {
            engines.add(Engine.builder().device("cpu:native").threads(threads).build());
        }
        LstmTrainingDifferential.requireEqual(engines);
    }
}
