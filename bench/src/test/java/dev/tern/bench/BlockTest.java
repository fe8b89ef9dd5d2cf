package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class BlockTest {
    private static final GemmCase GEMM = new GemmCase(GemmType.S8S8S32, 1, 1, 1);
    private static final Results.Method METHOD = new Results.Method(3, 1, 0.05, 2, 0, 0);

    private final List<String> turns = new ArrayList<>();

    @Test
    void shouldLetSystemsTakeTurns() {
        final Block block = run(steady(), contestant("a", right(), 10, 30, 20), contestant("b", right(), 7, 7, 7));
        assertEquals(List.of("a", "b", "a", "b", "a", "b"), turns);
        assertEquals(List.of("a", "b"), block.rows().stream().map(Row::system).toList());
        assertEquals(20, block.rows().get(0).medianNs());
        assertEquals(9, block.rows().get(0).minNs());
        assertEquals(1, block.rows().get(0).spread());
    }

    @Test
    void shouldNotTimeAWrongOutput() {
        final Block block = run(steady(), contestant("a", right() + 1, 10, 10, 10), contestant("b", right(), 7, 7, 7));
        assertEquals(List.of("b", "b", "b"), turns);
        assertEquals(List.of("b"), block.rows().stream().map(Row::system).toList());
        assertEquals("a", block.failures().get(0).system());
        assertTrue(block.failures().get(0).wrong());
    }

    @Test
    void shouldGoOnWithoutASystemThatFailsWhileItIsTimed() {
        final Block block = run(steady(), contestant("a", right(), 10), contestant("b", right(), 7, 7, 7));
        assertEquals(List.of("b"), block.rows().stream().map(Row::system).toList());
        assertEquals("a has no more times", block.failures().get(0).reason());
        assertFalse(block.failures().get(0).wrong());
    }

    @Test
    void shouldTimeAgainWhenThePeakMoved() {
        final Block block = run(peaks(100, 90, 100, 102), contestant("a", right(), 50, 50, 50, 10, 10, 10));
        assertEquals(10, block.rows().get(0).medianNs());
        assertFalse(block.rows().get(0).drifted());
        assertEquals(50, block.rows().get(0).peakGops());
        assertEquals(0.4, block.rows().get(0).pctPeak(), 1e-12);
    }

    @Test
    void shouldHoldAShortRunToItsBytes() {
        final Row row =
                run(steady(), contestant("a", right(), 10, 10, 10)).rows().get(0);
        assertEquals(0.5, row.nearGigabytesPerS());
        assertEquals(120, row.pctFloor(), 1e-9); // 6 bytes take 12 ns, 2 operations take less
        assertTrue(row.isBoundByMemory());
    }

    @Test
    void shouldMarkTheSteadiestTryWhereThePeakNeverRests() {
        final Block block =
                run(peaks(100, 80, 100, 90, 100, 70), contestant("a", right(), 50, 50, 50, 40, 40, 40, 30, 30, 30));
        assertEquals(1, block.rows().size());
        assertEquals(40, block.rows().get(0).medianNs());
        assertTrue(block.rows().get(0).drifted());
    }

    private Block run(final Queue<Peaks.Reading> peaks, final Contestant... contestants) {
        final Block block = new Block("gemm", GEMM, 1, METHOD, new Meter(peaks));
        try (Arena arena = Arena.ofShared()) {
            block.run(Arrays.asList(contestants), Truth.of(GEMM, Inputs.random(GEMM, arena)));
        }
        return block;
    }

    private static int right() {
        try (Arena arena = Arena.ofShared()) {
            final Inputs inputs = Inputs.random(GEMM, arena);
            return inputs.a().get(ValueLayout.JAVA_BYTE, 0) * inputs.b().get(ValueLayout.JAVA_BYTE, 0);
        }
    }

    private static Queue<Peaks.Reading> steady() {
        return peaks(100, 100);
    }

    private static Queue<Peaks.Reading> peaks(final double... gops) {
        final Queue<Peaks.Reading> readings = new ArrayDeque<>();
        for (final double rate : gops) {
            readings.add(new Peaks.Reading(1, Map.of("vpdpbusd_zmm", rate), 1.0));
        }
        return readings;
    }

    /** Answers as a worker would: with this y, and with these times, one for each turn. */
    private Contestant contestant(final String name, final int y, final double... nanos) {
        final Queue<Double> times = new ArrayDeque<>();
        Arrays.stream(nanos).forEach(times::add);
        final Line worker = command -> {
            final String[] words = command.split(" ");
            return switch (words[0]) {
                case "output" -> write(Path.of(words[1]), y);
                case "time" -> time(name, times.poll());
                default -> "kernel";
            };
        };
        return new Contestant(new Named(name), worker, METHOD.alternations());
    }

    private String time(final String name, final Double nanos) {
        if (nanos == null) {
            throw new Line.Refusal(name + " has no more times");
        }
        turns.add(name);
        return nanos + " " + (nanos - 1) + " 1";
    }

    private static String write(final Path file, final int y) {
        try {
            Files.write(
                    file,
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.nativeOrder())
                            .putInt(y)
                            .array());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return "";
    }

    /** What is read before and after, and rates that stay. */
    private record Meter(Queue<Peaks.Reading> readings) implements PeakMeter {
        @Override
        public Peaks.Reading near(final BenchType type, final long bytes) {
            return new Peaks.Reading(1, Map.of("vpdpbusd_zmm", 50.0), 0.5);
        }

        @Override
        public Peaks.Reading all(final BenchType type) {
            return readings.remove();
        }
    }

    /** A system that never starts. */
    private record Named(String name) implements BenchSystem {
        @Override
        public String backend() {
            return "cpu";
        }

        @Override
        public boolean takes(final BenchCase problem) {
            return true;
        }

        @Override
        public Session open(final int threads) {
            throw new UnsupportedOperationException(name);
        }
    }
}
