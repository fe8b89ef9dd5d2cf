package dev.tern.probe;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of accelerators that are known by vendor and device. */
final class PciNames {
    private static final Map<String, Entry> BY_ID = load();

    private PciNames() {}

    /** The name of a device, if the table has it as that kind of accelerator. */
    static Optional<String> name(final String kind, final PciDevice device) {
        return Optional.ofNullable(BY_ID.get(device.id()))
                .filter(entry -> entry.kind.equals(kind))
                .map(Entry::name);
    }

    private static Map<String, Entry> load() {
        try (InputStream in = PciNames.class.getResourceAsStream("pci-devices.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", 4))
                    .map(fields -> new Entry(fields[0], fields[1] + ":" + fields[2], fields[3]))
                    .collect(Collectors.toUnmodifiableMap(Entry::id, Function.identity()));
        } catch (final IOException damagedJar) {
            throw new UncheckedIOException(damagedJar);
        }
    }

    private record Entry(String kind, String id, String name) {}
}
