package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
        final Results results = new Results(null, "", Suite.METHOD, List.of(), rows, Summary.of(rows), List.of());
        final List<List<String>> lines = Table.rates(results).get(0).lines();
        assertEquals("best / onednn", lines.get(0).getLast());
        assertEquals("4.00", lines.get(1).getLast());
        assertEquals("-", lines.get(2).getLast());
    }
}
