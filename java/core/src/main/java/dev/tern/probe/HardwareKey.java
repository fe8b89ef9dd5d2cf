package dev.tern.probe;

import java.util.regex.Pattern;

/** What a measurement depends on and a program does not choose. */
public final class HardwareKey {
    private static final int HASH_DIGITS = 16;

    private static final Pattern SHARING = Pattern.compile(", sharing");

    private HardwareKey() {}

    /**
     * One line of processor, instruction sets, cores, JVM and native library. Measurements taken under one key say nothing
     * under another.
     *
     * @param librarySha256 the native library's hash; null without it
     */
    public static String of(final String librarySha256) {
        final String library = librarySha256 == null
                ? "none"
                : librarySha256.substring(0, Math.min(HASH_DIGITS, librarySha256.length()));
        return of(CpuInfo.read(SystemFiles.ofThisMachine()), CpuTopology.physicalCores(), jvm(), library);
    }

    static String of(final CpuInfo cpu, final int cores, final String jvm, final String library) {
        final String model = cpu.model() == null ? System.getProperty("os.arch") : cpu.model();
        return String.join("; ", model, String.join(" ", cpu.isa()), "cores " + cores, jvm, "libtern " + library);
    }

    /** The mode tells an interpreter, or a JVM that stops at C1, from one that compiles to the end. */
    private static String jvm() {
        final String mode =
                SHARING.matcher(System.getProperty("java.vm.info", "")).replaceAll("");
        return System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.version") + " " + mode;
    }
}
