package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    /** DESIGN §6. */
    private static final List<String> ROW = List.of(
            "suite",
            "op",
            "shape",
            "type",
            "threads",
            "system",
            "backend",
            "median_ns",
            "min_ns",
            "gops",
            "peak_gops",
            "pct_peak",
            "items_per_s",
            "bytes_moved");

    private static final List<String> SUMMARY =
            List.of("suite", "type", "threads", "backend", "versus", "geomean_ratio", "min_ratio", "worst_shape");

    @TempDir
    private Path folder;

    @Test
    void shouldWriteTheColumnsThatAreStable() throws IOException {
        final Path file = folder.resolve("gemm.json");
        results().write(file);
        final JsonNode document = new ObjectMapper().readTree(file.toFile());
        for (final String key : List.of("machine", "commit", "rows", "summary")) {
            assertTrue(document.has(key), key);
        }
        ROW.forEach(column -> assertTrue(document.at("/rows/0/" + column).isValueNode(), column));
        SUMMARY.forEach(column -> assertTrue(document.at("/summary/0/" + column).isValueNode(), column));
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        final Path file = folder.resolve("gemm.json");
        results().write(file);
        assertEquals(results(), Results.read(file));
    }

    private static Results results() {
        final List<Row> rows = List.of(
                SummaryTest.row("17x33x65", "tern", "native", 10), SummaryTest.row("17x33x65", "onednn", "cpu", 20));
        return new Results(
                TextNode.valueOf("a machine"),
                "0123abc",
                Suite.METHOD,
                List.of(),
                rows,
                Summary.of(rows),
                List.of(new Failure("", "", 2, "tern:opencl", "no platform", false)));
    }
}
