package dev.tern.machine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code /proc/cpuinfo} says of the first processor.
 *
 * @param model null where nothing names it
 * @param vendor null where nothing names it
 * @param isa in Tern's words
 */
public record CpuInfo(String model, String vendor, List<String> isa) {
    private static final Map<String, String> ARM_IMPLEMENTERS = Map.of(
            "0x41", "Arm",
            "0x42", "Broadcom",
            "0x43", "Cavium",
            "0x46", "Fujitsu",
            "0x48", "HiSilicon",
            "0x4e", "NVIDIA",
            "0x51", "Qualcomm",
            "0x61", "Apple",
            "0xc0", "Ampere");

    private static final Map<String, String> ARM_PARTS = Map.of(
            "0xd03", "Cortex-A53",
            "0xd08", "Cortex-A72",
            "0xd0b", "Cortex-A76",
            "0xd0c", "Neoverse N1",
            "0xd40", "Neoverse V1",
            "0xd49", "Neoverse N2",
            "0xd4f", "Neoverse V2",
            "0xd8e", "Neoverse N3");

    public static CpuInfo read(final SystemFiles files) {
        final Map<String, String> first = firstProcessor(files.lines("/proc/cpuinfo"));
        final String flags = first.getOrDefault("flags", first.getOrDefault("Features", ""));
        return new CpuInfo(model(first), vendor(first), OsIsa.words(flags));
    }

    private static Map<String, String> firstProcessor(final List<String> lines) {
        final Map<String, String> fields = new HashMap<>();
        for (final String line : lines) {
            final int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    /** Windows names its processor in the environment, macOS nowhere that needs no native call. */
    private static String model(final Map<String, String> fields) {
        final Optional<String> named = Optional.ofNullable(fields.get("model name"));
        final Optional<String> part = Optional.ofNullable(fields.get("CPU part"));
        return named.or(() -> part.map(id -> ARM_PARTS.getOrDefault(id, "part " + id)))
                .or(() -> Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER")))
                .orElse(null);
    }

    private static String vendor(final Map<String, String> fields) {
        final String implementer = fields.get("CPU implementer");
        return fields.getOrDefault(
                "vendor_id", implementer == null ? null : ARM_IMPLEMENTERS.getOrDefault(implementer, implementer));
    }
}
