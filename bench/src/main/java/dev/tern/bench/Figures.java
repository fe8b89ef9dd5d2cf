package dev.tern.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a file of docs/results holds.
 *
 * @param machine the probe's document
 */
record Figures(JsonNode machine, String commit, List<Figure> rows) {
    private static final ObjectMapper READER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** Measured now. */
    static Figures of(final List<Figure> rows) {
        return new Figures(Provenance.machine(), Provenance.commit(), rows);
    }

    static Figures read(final Path file) throws IOException {
        return READER.readValue(Files.readString(file), Figures.class);
    }

    /** All of several files. */
    static Table table(final List<Figures> all) {
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("name", "what", "asked", "measured", "", "processor", "commit"));
        for (final Figures figures : all) {
            figures.rows.forEach(row -> lines.add(figures.line(row)));
        }
        return new Table("Figures", lines);
    }

    private List<String> line(final Figure row) {
        return List.of(
                row.name(),
                row.what(),
                number(row.goal()),
                number(row.measured()),
                row.met() ? "met" : "not met",
                machine.path("cpu").path("model").asText(),
                commit.substring(0, Math.min(7, commit.length())));
    }

    private static String number(final double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
