package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void shouldSetTheBestOfOursBesideThePeer() {
        final List<Row> rows = List.of(
                SummaryTest.row("1x1x1", "tern", "native", 10),
                SummaryTest.row("1x1x1", "tern", "vector", 5),
                SummaryTest.row("1x1x1", "onednn", "cpu", 20),
                SummaryTest.row("2x2x2", "tern", "native", 10));
        final List<List<String>> lines = Table.rates(results(rows)).get(0).lines();
        assertEquals("best / onednn", lines.get(0).getLast());
        assertEquals("4.00", lines.get(1).getLast());
        assertEquals("-", lines.get(2).getLast());
    }

    @Test
    void shouldHoldOneRowToBothFloorsAndToWiderWeights() {
        final List<Row> rows = List.of(
                SummaryTest.row("lowbit", "1x1x1", "tern", "native", 10),
                SummaryTest.row("lowbit", "1x1x1", "tern-wider", "native", 15),
                SummaryTest.row("lowbit", "1x1x1", "onednn", "cpu", 5),
                SummaryTest.row("lowbit", "2x1x1", "tern", "native", 10));
        final List<List<String>> lines =
                Table.floors(results(rows)).orElseThrow().lines();
        assertEquals(2, lines.size());
        assertEquals(List.of("f32", "1", "1x1x1", "kernel", "0", "0 %", "3 %", "40 %", "1.50"), lines.get(1));
    }

    @Test
    void shouldHoldOnlyNarrowWeightsToFloors() {
        assertTrue(Table.floors(results(List.of(SummaryTest.row("1x1x1", "tern", "native", 10))))
                .isEmpty());
    }

    private static Results results(final List<Row> rows) {
        return new Results(null, "", Suite.METHOD, List.of(), rows, Summary.of(rows), List.of());
    }
}
