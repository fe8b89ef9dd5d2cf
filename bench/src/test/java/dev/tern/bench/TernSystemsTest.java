package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * A bench that computes something else measures nothing. The reference backend stands in for all: it is always there.
 */
class TernSystemsTest {
    private static final String CONV = "2x7x9x5-6-3x3s2p1";
    private static final String DEPTHWISE = "1x5x6x16-16-3x3s1p1g16";

    private final TernSystem system = new TernSystem("tern", "reference", "cpu:reference", null);

    @Test
    void shouldComputeWhatTheTypeSays() {
        try (BenchSystem.Session session = system.open(2)) {
            for (final GemmType type : GemmType.values()) {
                assertEquals(OptionalLong.empty(), firstWrong(session, new GemmCase(type, 5, 7, 11)), type.label());
            }
            for (final ConvType type : ConvType.values()) {
                assertEquals(OptionalLong.empty(), firstWrong(session, ConvCase.of(type, CONV)), type.label());
                assertEquals(OptionalLong.empty(), firstWrong(session, ConvCase.of(type, DEPTHWISE)), type.label());
            }
            for (final String label : new SparseCommand().types()) {
                final SparseCase pruned = SparseCase.of(SparseType.of(label), "5x8x40");
                assertEquals(OptionalLong.empty(), firstWrong(session, pruned), label);
            }
        }
    }

    private static OptionalLong firstWrong(final BenchSystem.Session session, final BenchCase problem) {
        try (Arena arena = Arena.ofShared()) {
            final Inputs inputs = Inputs.random(problem, arena);
            try (Prepared prepared = session.prepare(problem, inputs)) {
                prepared.run();
                return Truth.of(problem, inputs).firstWrong(prepared.output());
            }
        }
    }
}
