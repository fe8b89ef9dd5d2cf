package dev.tern.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** Records as JSON: names in snake case, enum constants in lower case, numbers that are none as null. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .registerModule(new SimpleModule()
                    .addSerializer(Double.class, new FiniteOrNull())
                    .addSerializer(double.class, new FiniteOrNull())
                    .addSerializer(Enum.class, new LowerCase()));

    private Json() {}

    public static String write(final Object document) {
        try {
            return MAPPER.writeValueAsString(document);
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("not a document: " + document, e);
        }
    }

    /** Replaces {@code file} at once or not at all. */
    public static void write(final Object document, final Path file) throws IOException {
        final Path folder = file.toAbsolutePath().getParent();
        final Path staged = Files.createTempFile(folder, file.getFileName() + ".", ".part");
        try {
            Files.writeString(staged, write(document) + "\n");
            Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(staged);
        }
    }

    private static final class FiniteOrNull extends JsonSerializer<Double> {
        @Override
        public void serialize(final Double value, final JsonGenerator json, final SerializerProvider provider)
                throws IOException {
            if (Double.isFinite(value)) {
                json.writeNumber(value);
            } else {
                json.writeNull();
            }
        }
    }

    @SuppressWarnings("rawtypes")
    private static final class LowerCase extends JsonSerializer<Enum> {
        @Override
        public void serialize(final Enum value, final JsonGenerator json, final SerializerProvider provider)
                throws IOException {
            json.writeString(value.name().toLowerCase(Locale.ROOT));
        }
    }
}
