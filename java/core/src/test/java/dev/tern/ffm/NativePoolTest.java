package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Pool2d;
import dev.tern.testing.PoolCases;
import dev.tern.testing.PoolDifferential;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pooling of the library that this processor runs, against the reference. */
class NativePoolTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    static Stream<Pool2d> kinds() {
        return Stream.of(DataType.F32, DataType.U8, DataType.S8).flatMap(PoolCases::kinds);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldAgreeWithTheReference(final Pool2d kind) {
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
        try (PoolDifferential differential = new PoolDifferential(engines.toArray(Engine[]::new))) {
            PoolCases.of(kind).forEach(differential::checkUnpacked);
        }
    }
}
