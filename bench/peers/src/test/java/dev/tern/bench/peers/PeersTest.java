package dev.tern.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.bench.BenchSystem;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.GemmType;
import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Runs each peer on a ragged shape in every type that it takes; {@code scripts/bench gemm --smoke} does so as in a run.
 */
class PeersTest {

    @Test
    void shouldComputeWhatTheTypeSays() {
        for (final BenchSystem system : new Peers().systems()) {
            final Set<GemmType> ran = EnumSet.noneOf(GemmType.class);
            try (BenchSystem.Session session = system.open(2)) {
                for (final GemmType type : GemmType.values()) {
                    if (system.takes(type)) {
                        check(session, new GemmCase(type, 5, 7, 11), system.label());
                        ran.add(type);
                    }
                }
            }
            assertTrue(ran.containsAll(Set.of(GemmType.U8S8S32, GemmType.S8S8S32)), system.label());
        }
    }

    private static void check(final BenchSystem.Session session, final GemmCase gemm, final String label) {
        try (Arena arena = Arena.ofShared()) {
            final GemmInputs inputs = GemmInputs.random(gemm, arena);
            try (Prepared prepared = session.prepare(gemm, inputs)) {
                prepared.run();
                for (int i = 0; i < gemm.m() * gemm.n(); i++) {
                    final double want = element(gemm, inputs, i / gemm.n(), i % gemm.n());
                    assertEquals(want, at(prepared.output(), gemm.type().y(), i), 1e-5, label + " " + gemm + " y[" + i);
                }
            }
        }
    }

    private static double element(final GemmCase gemm, final GemmInputs inputs, final int row, final int column) {
        double sum = 0;
        for (int k = 0; k < gemm.k(); k++) {
            final int a = gemm.type().isTransposedA() ? k * gemm.m() + row : row * gemm.k() + k;
            final int b = gemm.type().isTransposedB() ? column * gemm.k() + k : k * gemm.n() + column;
            sum += at(inputs.a(), gemm.type().a(), a)
                    * at(inputs.b(), gemm.type().b(), b);
        }
        return sum;
    }

    private static double at(final MemorySegment segment, final GemmType.Element element, final int index) {
        return switch (element) {
            case F32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case S32 -> segment.getAtIndex(ValueLayout.JAVA_INT, index);
            case S8 -> segment.get(ValueLayout.JAVA_BYTE, index);
            case U8 -> Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, index));
            case S4, S2, B1 -> throw new IllegalArgumentException("element: got " + element + ", which no peer has");
        };
    }
}
