package dev.tern.nn.data;

import dev.tern.nn.data.DataDescription.Client;
import dev.tern.nn.data.DataDescription.PackagedCopy;
import dev.tern.nn.data.DataDescription.Packing;
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
        final DataFormat format = DataFormat.valueOf(upper(required(properties, name + ".format")));
        for (final String file : format.files()) {
            files.put(file, required(properties, name + '.' + file));
        }
        return new DataDescription(
                name,
                required(properties, name + ".title"),
                Integer.parseInt(required(properties, name + ".classes")),
                format,
                Collections.unmodifiableMap(files),
                words(properties, name + ".mirrors").map(URI::create).toList(),
                packaged(words(properties, name + ".package").toList()));
    }

    private static PackagedCopy packaged(final List<String> words) {
        return new PackagedCopy(
                Client.valueOf(upper(words.get(0))),
                words.get(1),
                Path.of(words.get(2)),
                Packing.valueOf(upper(words.get(3))));
    }

    private static String upper(final String word) {
        return word.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static Stream<String> words(final Properties properties, final String key) {
        return Stream.of(required(properties, key).split("\\s+")).filter(word -> !word.isEmpty());
    }

    private static String required(final Properties properties, final String key) {
        final String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalStateException("catalog.properties lacks " + key);
        }
        return value;
    }
}
