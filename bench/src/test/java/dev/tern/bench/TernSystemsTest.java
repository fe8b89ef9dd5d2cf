package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
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
                for (final String shape : List.of("5x7x11", "5x7x65", "3x5x7x65")) {
                    assertEquals(OptionalLong.empty(), firstWrong(session, GemmCase.of(type, shape)), type.label());
                }
            }
            for (final ConvType type : ConvType.values()) {
                assertEquals(OptionalLong.empty(), firstWrong(session, ConvCase.of(type, CONV)), type.label());
                assertEquals(OptionalLong.empty(), firstWrong(session, ConvCase.of(type, DEPTHWISE)), type.label());
            }
            for (final String label : new SparseCommand().types()) {
                final SparseCase pruned = SparseCase.of(SparseType.of(label), "5x8x40");
                assertEquals(OptionalLong.empty(), firstWrong(session, pruned), label);
            }
            assertEquals(OptionalLong.empty(), firstWrong(session, LstmCase.of(GemmType.F32, "9x5x7-17")));
        }
    }

    @Test
    void shouldComputeTheSameWithWiderWeights() {
        final WiderTern wider = new WiderTern(system);
        final List<GemmCase> narrow = Stream.of(GemmType.values())
                .map(type -> GemmCase.of(type, "5x7x65"))
                .filter(wider::takes)
                .toList();
        assertEquals(10, narrow.size());
        try (BenchSystem.Session session = wider.open(1)) {
            for (final GemmCase gemm : narrow) {
                assertEquals(
                        OptionalLong.empty(),
                        firstWrong(session, gemm),
                        gemm.type().label());
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
