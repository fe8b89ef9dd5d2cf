package dev.tern;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names the hardware and the JVM that measurements hold for. */
final class Machine {
    static final String KEY = String.join(
            "; ",
            cpuModel(),
            System.getProperty("os.arch"),
            "Java " + Runtime.version(),
            System.getProperty("java.vm.name"));

    private Machine() {}

    private static String cpuModel() {
        final Path file = Path.of("/proc/cpuinfo");
        try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.filter(line -> line.startsWith("model name") || line.startsWith("CPU part"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("unknown processor");
        } catch (final IOException e) {
            return "unknown processor";
        }
    }
}
