package dev.tern.ffm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Says what users can do about the dynamic loader's messages. */
final class LinkFailure {
    private static final Path OWN_MAPPINGS = Path.of("/proc/self/maps");

    private LinkFailure() {}

    static String explain(final String message) {
        if (message.contains("failed to map segment")) {
            return message + " (its file system may be mounted noexec: set tern.native.workdir to one that is not)";
        }
        return runsOnMusl(OWN_MAPPINGS) ? message + " (this JVM runs on musl, libtern needs glibc)" : message;
    }

    static boolean runsOnMusl(final Path mappings) {
        try (Stream<String> lines = Files.lines(mappings)) {
            return lines.anyMatch(line -> line.contains("/ld-musl-"));
        } catch (final IOException _) {
            return false;
        }
    }
}
