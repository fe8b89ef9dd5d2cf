package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tern.cli.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkPageTest {
    @TempDir
    private Path root;

    @Test
    void shouldShowWhatTheCommittedResultsSay() throws IOException {
        final BenchmarkPage page = BenchmarkPage.of(Provenance.root());
        try (Stream<Path> results = Files.list(Provenance.root().resolve("bench/results"))) {
            for (final Path file : results.toList()) {
                final String name = file.getFileName().toString().replace(".json", "");
                assertTrue(page.current().contains("<!-- results: " + name + " -->"), name);
            }
        }
        assertEquals(page.generated(), page.current(), "run scripts/bench report");
    }

    @Test
    void shouldReplaceOnlyWhatStandsBetweenTheMarks() throws IOException {
        final List<Row> rows = List.of(
                SummaryTest.row("17x33x65", "tern", "native", 10), SummaryTest.row("17x33x65", "onednn", "cpu", 25));
        final Results results =
                new Results(NullNode.instance, "0123abc", Suite.METHOD, List.of(), rows, Summary.of(rows), List.of());
        Files.createDirectories(root.resolve("bench/results"));
        results.write(root.resolve("bench/results/gemm.json"));
        Files.createDirectories(root.resolve("docs"));
        final Path file = root.resolve("docs/benchmarks.md");
        Files.writeString(file, "before\n<!-- results: gemm -->\nstale\n<!-- end -->\nafter\n");

        BenchmarkPage.of(root).write();

        final String text = Files.readString(file);
        assertTrue(text.startsWith("before\n<!-- results: gemm -->\n"), text);
        assertTrue(text.endsWith("<!-- end -->\nafter\n"), text);
        assertTrue(!text.contains("stale") && text.contains("0123abc"), text);
        assertTrue(text.contains("| f32 | 1 | best | onednn | 2.50 | 2.50 | 17x33x65 |"), text);
        assertEquals(text, BenchmarkPage.of(root).generated());
    }

    @Test
    void shouldShowAllFigures() throws IOException {
        final Path results = Files.createDirectories(root.resolve("docs/results"));
        final Figures figures = new Figures(
                new ObjectMapper().readTree("{\"cpu\": {\"model\": \"a processor\"}}"),
                "0123456789",
                List.of(Figure.atLeast("mlp", "test accuracy, %", 98, 98.25), Figure.atMost("mlp", "lost", 0.1, 0.2)));
        Json.write(figures, results.resolve("mlp.json"));
        final Path file = root.resolve("docs/benchmarks.md");
        Files.writeString(file, "before\n<!-- figures -->\nstale\n<!-- end -->\nafter\n");

        BenchmarkPage.of(root).write();

        final String text = Files.readString(file);
        assertTrue(text.contains("| mlp | test accuracy, % | 98.00 | 98.25 | met | a processor | 0123456 |"), text);
        assertTrue(text.contains("| mlp | lost | 0.10 | 0.20 | not met | a processor | 0123456 |"), text);
        assertTrue(!text.contains("stale") && text.endsWith("<!-- end -->\nafter\n"), text);
    }
}
