package dev.tern.machine;

import java.util.regex.Pattern;

/** What a measurement depends on and a program does not choose. */
public final class HardwareKey {
    private static final Pattern SHARING = Pattern.compile(", sharing");

    private HardwareKey() {}

    /** One line of processor, instruction sets, cores and JVM: what was measured under one key holds under no other. */
    public static String ofThisMachine() {
        return Key.THIS;
    }

    static String of(final CpuInfo cpu, final String arch, final int cores, final String jvm) {
        final String model = cpu.model() == null ? arch : cpu.model();
        return String.join("; ", model, String.join(" ", cpu.isa()), "cores " + cores, jvm);
    }

    /** The mode tells an interpreter, or a JVM that stops at C1, from one that compiles to the end. */
    private static String jvm() {
        final String mode =
                SHARING.matcher(System.getProperty("java.vm.info", "")).replaceAll("");
        return System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.version") + " " + mode;
    }

    private static final class Key {
        static final String THIS = of(
                CpuInfo.read(SystemFiles.ofThisMachine()),
                System.getProperty("os.arch"),
                CpuTopology.physicalCores(),
                jvm());
    }
}
