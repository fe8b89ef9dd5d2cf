package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {

    @Test
    void shouldCompareTheBestOfOursAtEachShape() {
        final List<Summary> summaries = Summary.of(List.of(
                row("1x1x1", "tern", "native", 10),
                row("1x1x1", "tern", "vector", 40),
                row("1x1x1", "onednn", "cpu", 20),
                row("2x2x2", "tern", "native", 80),
                row("2x2x2", "tern", "vector", 20),
                row("2x2x2", "onednn", "cpu", 10)));
        final Summary best = only(summaries, Summary.BEST);
        assertEquals(Math.sqrt(2 * 0.5), best.geomeanRatio(), 1e-12);
        assertEquals(0.5, best.minRatio());
        assertEquals("2x2x2", best.worstShape());
        assertEquals(Math.sqrt(2 * 0.125), only(summaries, "native").geomeanRatio(), 1e-12);
    }

    @Test
    void shouldCompareTurnByTurn() {
        final Row ours = row("1x1x1", "tern", "native", 10);
        final Row slowedDownForAWhile = row("1x1x1", "onednn", "cpu", 20);
        assertEquals(2, ours.ratioTo(slowedDownForAWhile), 1e-12);
    }

    @Test
    void shouldLeaveOutShapesThatOnlyOneOfTheTwoRan() {
        final List<Summary> summaries = Summary.of(List.of(
                row("1x1x1", "tern", "native", 10),
                row("1x1x1", "onednn", "cpu", 30),
                row("2x2x2", "onednn", "cpu", 10)));
        assertEquals(1, only(summaries, "native").shapes());
        assertEquals(3, only(summaries, "native").geomeanRatio(), 1e-12);
    }

    @Test
    void shouldKeepClampedAndUnclampedSystemsApart() {
        final List<Summary> summaries = Summary.of(List.of(
                clamped(row("1x1x1", "tern-vnni", "native", 10)),
                row("1x1x1", "tern", "native", 5),
                clamped(row("1x1x1", "onednn-vnni", "cpu", 20)),
                row("1x1x1", "onednn", "cpu", 20)));
        assertEquals(4, summaries.size());
        for (final Summary summary : summaries) {
            assertEquals(summary.maxIsa().isEmpty() ? 4 : 2, summary.geomeanRatio(), 1e-12);
            assertEquals(summary.maxIsa().isEmpty() ? "onednn" : "onednn-vnni", summary.versus());
        }
    }

    private static Summary only(final List<Summary> summaries, final String backend) {
        final List<Summary> found = summaries.stream()
                .filter(summary -> summary.backend().equals(backend))
                .toList();
        assertEquals(1, found.size());
        return found.get(0);
    }

    static Row row(final String shape, final String system, final String backend, final double medianNs) {
        return row("gemm", shape, system, backend, medianNs);
    }

    static Row row(
            final String suite, final String shape, final String system, final String backend, final double medianNs) {
        return new Row(
                suite,
                "gemm",
                shape,
                "f32",
                1,
                system,
                backend,
                "kernel",
                "",
                List.of(medianNs, 2 * medianNs),
                1.5 * medianNs,
                medianNs,
                0.01,
                1 / medianNs,
                "vfmadd231ps_zmm",
                100.0,
                1 / medianNs,
                1e9 / medianNs,
                12L,
                12 / medianNs,
                20.0,
                30.0,
                40.0,
                false);
    }

    private static Row clamped(final Row row) {
        return new Row(
                row.suite(),
                row.op(),
                row.shape(),
                row.type(),
                row.threads(),
                row.system(),
                row.backend(),
                row.kernel(),
                "avx512vnni",
                row.turnsNs(),
                row.medianNs(),
                row.minNs(),
                row.spread(),
                row.gops(),
                row.peakInstruction(),
                row.peakGops(),
                row.pctPeak(),
                row.itemsPerS(),
                row.bytesMoved(),
                row.gigabytesPerS(),
                row.readGigabytesPerS(),
                row.nearGigabytesPerS(),
                row.pctFloor(),
                row.drifted());
    }
}
