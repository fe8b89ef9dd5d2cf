package dev.tern.nn.data;

import dev.tern.nn.data.DataDescription.Client;
import dev.tern.nn.data.DataDescription.PackagedCopy;
import dev.tern.nn.data.DataDescription.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/** The data sets that can be fetched. */
public final class DataCatalog {
    /** What {@code catalog.properties} describes. */
    public static final DataCatalog STANDARD = new DataCatalog(read("catalog.properties"));

    private final List<DataDescription> entries;

    DataCatalog(final List<DataDescription> entries) {
        this.entries = List.copyOf(entries);
    }

    public List<DataDescription> all() {
        return entries;
    }

    public DataDescription byName(final String name) {
        return entries.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("data set '%s'; known: %s"
                        .formatted(
                                name,
                                entries.stream().map(DataDescription::name).toList())));
    }

    private static List<DataDescription> read(final String resource) {
        final Properties properties = new Properties();
        try (InputStream in = DataCatalog.class.getResourceAsStream(resource)) {
            properties.load(in);
        } catch (final IOException e) {
            throw new UncheckedIOException(resource, e);
        }
        return words(properties, "names").map(name -> entry(name, properties)).toList();
    }

    private static DataDescription entry(final String name, final Properties properties) {
        final Map<String, String> files = new LinkedHashMap<>();
        for (final Part part : Part.values()) {
            files.put(part.fileName(), required(properties, name + '.' + part.fileName()));
        }
        return new DataDescription(
                name,
                required(properties, name + ".title"),
                Integer.parseInt(required(properties, name + ".classes")),
                Collections.unmodifiableMap(files),
                words(properties, name + ".mirrors").map(URI::create).toList(),
                packaged(words(properties, name + ".package").toList()));
    }

    private static PackagedCopy packaged(final List<String> words) {
        final Client client = Client.valueOf(words.get(0).toUpperCase(Locale.ROOT));
        return new PackagedCopy(client, words.get(1), Path.of(words.get(2)));
    }

    private static Stream<String> words(final Properties properties, final String key) {
        return Stream.of(required(properties, key).split("\\s+"));
    }

    private static String required(final Properties properties, final String key) {
        final String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("catalog.properties lacks " + key);
        }
        return value;
    }
}
