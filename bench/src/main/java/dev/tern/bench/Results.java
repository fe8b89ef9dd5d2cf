package dev.tern.bench;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tern.cli.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A run's document, DESIGN §6.
 *
 * @param machine the probe's document
 * @param commit of the working tree; with {@code -dirty} where files differ from it
 * @param peaks before the first block and after the last, for each number of threads
 */
public record Results(
        JsonNode machine,
        String commit,
        Method method,
        List<Peaks.Reading> peaks,
        List<Row> rows,
        List<Summary> summary,
        List<Failure> failures) {

    /**
     * How it was measured.
     *
     * @param alternations how often each system had its turn
     * @param windowMs length of a turn
     * @param driftBound how far the instruction peak may move, as a fraction, before a block is repeated
     * @param repeats how often at most
     * @param warmUps windows at most until the times settle
     * @param limitSeconds when the run leaves out what remains; 0 for never
     */
    public record Method(
            int alternations, long windowMs, double driftBound, int repeats, int warmUps, int limitSeconds) {}

    /** Reads what {@link Json} writes; what a later version added is passed over. */
    private static final ObjectMapper READER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public static Results read(final Path file) throws IOException {
        return READER.readValue(Files.readString(file), Results.class);
    }

    public void write(final Path file) throws IOException {
        Json.write(this, file);
    }
}
