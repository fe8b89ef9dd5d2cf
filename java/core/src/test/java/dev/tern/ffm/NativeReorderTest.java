package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.Engine;
import dev.tern.Reorder;
import dev.tern.testing.ReorderCases;
import dev.tern.testing.ReorderDifferential;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reordering kernel of the library that this processor runs, against the reference. */
class NativeReorderTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    static Stream<Reorder> kinds() {
        return ReorderCases.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldAgreeWithTheReference(final Reorder kind) {
        for (final NativeKernel kernel : NativeTests.runnableKernels()) {
            if (kernel.runs(kind)) {
                engines.add(Engine.builder()
                        .device("cpu:native")
                        .kernel(kernel.name())
                        .threads(1 + engines.size() % MOST_THREADS)
                        .build());
            }
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        try (ReorderDifferential differential = new ReorderDifferential(engines.toArray(Engine[]::new))) {
            ReorderCases.of(kind).forEach(differential::checkUnpacked);
        }
    }
}
