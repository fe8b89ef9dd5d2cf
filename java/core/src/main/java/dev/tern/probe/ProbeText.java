package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Bandwidth;
import dev.tern.probe.ProbeReport.Cache;
import dev.tern.probe.ProbeReport.Cpu;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Jvm;
import dev.tern.probe.ProbeReport.Measured;
import dev.tern.probe.ProbeReport.Memory;
import dev.tern.probe.ProbeReport.Missing;
import dev.tern.probe.ProbeReport.NativeLibrary;
import dev.tern.probe.ProbeReport.OperationReport;
import dev.tern.probe.ProbeReport.Peak;
import dev.tern.probe.ProbeReport.Refusal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A report for people: two columns of names, then the finding; what is missing says why, and below it what to do. */
public final class ProbeText {
    private static final int SECTION_WIDTH = 11;
    private static final int LEAST_NAME_WIDTH = 13;
    private static final String REMEDY = "-> ";

    private record Row(String name, String finding) {}

    private final Map<String, List<Row>> sections = new LinkedHashMap<>();
    private List<Row> rows = new ArrayList<>();

    private ProbeText() {}

    public static String of(final ProbeReport report) {
        final ProbeText text = new ProbeText();
        text.jvm(report.jvm());
        text.cpu(report.cpu(), report.os().arch());
        text.memory(report.memory());
        text.library(report.nativeLibrary());
        text.backends(report);
        text.accelerators(report.accelerators());
        text.operations(report);
        if (report.measured() != null) {
            text.measured(report.measured());
        }
        return text.format();
    }

    private void jvm(final Jvm jvm) {
        begin("jvm");
        row("version", jvm.version() + ", " + jvm.vendor() + ", " + jvm.vm());
        row("compiler", jvm.compiler().name(), jvm.compiler().missing());
        final Integer bits = jvm.vectorApi().bits();
        row(
                "vector API",
                bits == null ? "width unknown" : bits + " bit",
                jvm.vectorApi().missing());
        row("native calls", jvm.nativeAccess().state(), jvm.nativeAccess().missing());
        row("heap", "up to " + bytes(jvm.maxHeapBytes()));
        if (!jvm.flags().isEmpty()) {
            row("flags", String.join(" ", jvm.flags()));
        }
    }

    private void cpu(final Cpu cpu, final String arch) {
        begin("cpu");
        row("model", orUnknown(cpu.model()) + (cpu.vendor() == null ? "" : ", " + cpu.vendor()) + ", " + arch);
        row(
                "cores",
                cpu.physicalCores() + " with " + cpu.logicalCpus() + " threads, " + cpu.usableCores() + " usable"
                        + quota(cpu.quota()));
        final List<String> os = cpu.isa().os();
        final List<String> cpuid = cpu.isa().cpuid();
        row("isa", String.join(" ", cpuid == null ? os : cpuid) + (cpuid == null ? "  (as the system lists it)" : ""));
        if (cpuid != null && !cpuid.equals(os)) {
            row("isa of os", String.join(" ", os));
        }
        if (!cpu.caches().isEmpty()) {
            row("caches", cpu.caches().stream().map(ProbeText::cache).collect(Collectors.joining(", ")));
        }
    }

    private static String quota(final ProbeReport.Quota quota) {
        final String cpus = quota.cpus() == null ? "" : String.format(Locale.ROOT, "%.1f CPUs", quota.cpus());
        final String memory = quota.memoryBytes() == null ? "" : bytes(quota.memoryBytes());
        final String limits = cpus + (cpus.isEmpty() || memory.isEmpty() ? "" : " and ") + memory;
        return limits.isEmpty() ? "" : "; cgroup v" + quota.cgroup() + " allows " + limits;
    }

    private static String cache(final Cache cache) {
        final String type = cache.type().equals("unified") ? "" : cache.type().substring(0, 1);
        return "L" + cache.level() + type + " " + cache.instances() + " x " + bytes(cache.bytes());
    }

    private void memory(final Memory memory) {
        begin("memory");
        if (memory.totalBytes() != null) {
            final String free = memory.availableBytes() == null ? "" : ", " + bytes(memory.availableBytes()) + " free";
            row("size", bytes(memory.totalBytes()) + free);
        }
        row("huge pages", orUnknown(memory.transparentHugePages()));
        row("NUMA nodes", Integer.toString(Math.max(1, memory.numaNodes().size())));
    }

    private void library(final NativeLibrary library) {
        begin("native");
        if (library.missing() != null) {
            row("library", "absent", library.missing());
            return;
        }
        row("library", library.path());
        row("sha256", library.sha256());
        row("build", library.build());
        row("isa", String.join(" ", library.isa()));
    }

    private void backends(final ProbeReport report) {
        begin("backends");
        for (final BackendReport backend : report.backends()) {
            row(backend.name(), backend.missing() == null ? detail(backend) : "not usable", backend.missing());
        }
        begin("devices");
        report.devices().forEach(device -> row(device.name(), device.description()));
    }

    /** The native backend would repeat what the library's section has just said. */
    private static String detail(final BackendReport backend) {
        return backend.name().equals("native") ? "the library above" : backend.detail();
    }

    private void accelerators(final List<Accelerator> accelerators) {
        begin("hardware");
        for (final Accelerator accelerator : accelerators) {
            row(accelerator.kind(), accelerator.missing() == null ? "usable" : "not usable", accelerator.missing());
            accelerator.hardware().forEach(hardware -> row("", hardware(hardware)));
            accelerator.libraries().stream()
                    .filter(library -> library.path() != null)
                    .forEach(library -> row("", library.path()));
        }
    }

    private static String hardware(final Hardware hardware) {
        final List<String> parts = new ArrayList<>(List.of(hardware.name(), hardware.location()));
        if (hardware.driver() != null) {
            parts.add("driver " + hardware.driver());
        }
        parts.addAll(hardware.deviceFiles());
        return String.join(", ", parts);
    }

    /** Reasons are told once: not again for an absent backend, nor for the next operation that has the same. */
    private void operations(final ProbeReport report) {
        begin("operations");
        final Set<String> told = new HashSet<>();
        for (final OperationReport operation : report.operations()) {
            row(operation.operation() + " " + operation.types(), taker(operation));
            operation.refusals().stream()
                    .filter(refusal -> operation.backend() == null || isNews(refusal, report.backends()))
                    .map(ProbeText::refused)
                    .filter(told::add)
                    .forEach(reason -> row("", reason));
        }
    }

    private static String taker(final OperationReport operation) {
        return operation.backend() == null
                ? "nothing takes it"
                : operation.device() + ", " + operation.backend() + ", " + operation.kernel();
    }

    /** That the reference is the last resort is no news either. */
    private static boolean isNews(final Refusal refusal, final List<BackendReport> backends) {
        return !refusal.backend().equals("reference")
                && backends.stream()
                        .noneMatch(backend -> backend.name().equals(refusal.backend()) && backend.missing() != null);
    }

    private static String refused(final Refusal refusal) {
        return "without " + (refusal.kernel() == null ? refusal.backend() : refusal.kernel()) + ": " + refusal.reason();
    }

    private void measured(final Measured measured) {
        begin("measured");
        final Map<String, Map<Integer, Double>> peaks = new LinkedHashMap<>();
        for (final Peak peak : measured.peaks()) {
            peaks.computeIfAbsent(peak.instruction(), name -> new TreeMap<>()).put(peak.threads(), peak.gops());
        }
        peaks.forEach((instruction, byThreads) -> row(instruction, rates(byThreads, "Gop/s")));
        final Map<String, Map<Integer, Double>> bandwidths = new LinkedHashMap<>();
        for (final Bandwidth bandwidth : measured.bandwidths()) {
            bandwidths
                    .computeIfAbsent("read " + bandwidth.level(), level -> new TreeMap<>())
                    .put(bandwidth.threads(), bandwidth.gigabytesPerSecond());
        }
        bandwidths.forEach((level, byThreads) -> row(level, rates(byThreads, "GB/s")));
        if (measured.missing() != null) {
            row("incomplete", "", measured.missing());
        }
    }

    private static String rates(final Map<Integer, Double> byThreads, final String unit) {
        return byThreads.entrySet().stream()
                .map(rate -> String.format(
                        Locale.ROOT,
                        "%9.1f %s on %d thread%s",
                        rate.getValue(),
                        unit,
                        rate.getKey(),
                        rate.getKey() == 1 ? "" : "s"))
                .collect(Collectors.joining("  "));
    }

    private void begin(final String section) {
        rows = new ArrayList<>();
        sections.put(section, rows);
    }

    private void row(final String name, final String finding, final Missing missing) {
        if (missing == null) {
            row(name, finding);
            return;
        }
        row(name, (finding.isEmpty() ? "" : finding + ": ") + missing.reason());
        if (missing.remedy() != null) {
            row("", REMEDY + missing.remedy());
        }
    }

    private void row(final String name, final String finding) {
        rows.add(new Row(name, finding));
    }

    private String format() {
        final StringBuilder text = new StringBuilder();
        sections.forEach((section, found) -> {
            final int width =
                    found.stream().mapToInt(row -> row.name.length() + 1).max().orElse(0);
            String label = section;
            for (final Row row : found) {
                text.append(pad(label, SECTION_WIDTH))
                        .append(pad(row.name, Math.max(width, LEAST_NAME_WIDTH)))
                        .append(row.finding)
                        .append('\n');
                label = "";
            }
        });
        return text.toString();
    }

    private static String pad(final String word, final int width) {
        return word + " ".repeat(Math.max(0, width - word.length()));
    }

    private static String orUnknown(final String word) {
        return word == null ? "unknown" : word;
    }

    private static String bytes(final long bytes) {
        final String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        final boolean whole = value == Math.rint(value);
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
