package dev.tern.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The files under which an operating system shows its hardware ({@code /proc}, {@code /sys}, {@code /dev}), below a
 * root that tests replace. Whatever cannot be read is absent: a probe must not fail where a container hides a file.
 */
public final class SystemFiles {
    /** Far above any file read here; keeps a device node or a broken mount from flooding the heap. */
    private static final int MOST_BYTES = 1 << 24;

    private final Path root;

    public SystemFiles(final Path root) {
        this.root = root;
    }

    public static SystemFiles ofThisMachine() {
        return new SystemFiles(Path.of("/"));
    }

    /** The path below the root; {@code path} starts with a slash. */
    public Optional<Path> at(final String path) {
        try {
            return Optional.of(root.resolve(path.substring(1)));
        } catch (final InvalidPathException refused) {
            return Optional.empty();
        }
    }

    public boolean exists(final String path) {
        return at(path).filter(Files::exists).isPresent();
    }

    /** The file's text without surrounding white space. */
    public Optional<String> text(final String path) {
        return at(path).filter(Files::isRegularFile).flatMap(SystemFiles::read).map(String::strip);
    }

    public List<String> lines(final String path) {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** The file as one whole number, decimal or {@code 0x} hexadecimal. */
    public Optional<Long> number(final String path) {
        return text(path).flatMap(SystemFiles::parse);
    }

    /** The sorted names in a directory that match a glob such as {@code cpu[0-9]*}. */
    public List<String> list(final String directory, final String glob) {
        final List<String> names = new ArrayList<>();
        final Optional<Path> path = at(directory).filter(Files::isDirectory);
        if (path.isEmpty()) {
            return names;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path.get(), glob)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (final IOException | DirectoryIteratorException unreadable) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /** The last name of a symbolic link's target, such as the driver that a PCI device is bound to. */
    public Optional<String> linkName(final String path) {
        return at(path).filter(Files::isSymbolicLink).flatMap(link -> {
            try {
                return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
            } catch (final IOException unreadable) {
                return Optional.empty();
            }
        });
    }

    public static Optional<Long> parse(final String text) {
        try {
            return Optional.of(Long.decode(text));
        } catch (final NumberFormatException notANumber) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(final Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
        } catch (final IOException unreadable) {
            return Optional.empty();
        }
    }
}
