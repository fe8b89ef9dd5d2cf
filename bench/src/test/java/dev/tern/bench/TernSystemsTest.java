package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * A bench that computes something else measures nothing. The reference backend stands in for all: it is always there.
 */
class TernSystemsTest {
    private final TernSystem system = new TernSystem("tern", "reference", "cpu:reference", null);

    @Test
    void shouldComputeWhatTheTypeSays() {
        try (BenchSystem.Session session = system.open(2)) {
            for (final GemmType type : GemmType.values()) {
                assertEquals(OptionalLong.empty(), firstWrong(session, new GemmCase(type, 5, 7, 11)), type.label());
            }
        }
    }

    private static OptionalLong firstWrong(final BenchSystem.Session session, final GemmCase gemm) {
        try (Arena arena = Arena.ofShared()) {
            final GemmInputs inputs = GemmInputs.random(gemm, arena);
            try (Prepared prepared = session.prepare(gemm, inputs)) {
                prepared.run();
                return Truth.of(gemm, inputs).firstWrong(prepared.output());
            }
        }
    }
}
