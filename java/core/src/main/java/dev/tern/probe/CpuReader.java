package dev.tern.probe;

import dev.tern.machine.Cgroup;
import dev.tern.machine.CpuInfo;
import dev.tern.machine.CpuList;
import dev.tern.machine.CpuTopology;
import dev.tern.machine.SystemFiles;
import dev.tern.probe.ProbeReport.Cache;
import dev.tern.probe.ProbeReport.Cpu;
import dev.tern.probe.ProbeReport.Isa;
import dev.tern.probe.ProbeReport.Memory;
import dev.tern.probe.ProbeReport.NumaNode;
import dev.tern.probe.ProbeReport.Quota;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Reads processors, caches and memory from {@code /proc} and {@code /sys}. */
final class CpuReader {
    private static final String CPUS = "/sys/devices/system/cpu";
    private static final String NODES = "/sys/devices/system/node";
    private static final long KILO = 1024;

    private final SystemFiles files;

    CpuReader(final SystemFiles files) {
        this.files = files;
    }

    Cpu cpu(final Isa isa) {
        final CpuInfo info = CpuInfo.read(files);
        final int available = Runtime.getRuntime().availableProcessors();
        final Optional<BitSet> online = files.text(CPUS + "/online").flatMap(CpuList::parse);
        return new Cpu(
                info.model(),
                info.vendor(),
                online.map(BitSet::cardinality).orElse(available),
                CpuTopology.cores(files, online).orElse(available),
                CpuTopology.usableCores(files, available),
                quota(),
                isa,
                caches());
    }

    Memory memory() {
        return new Memory(
                memoryInfo("MemTotal:"),
                memoryInfo("MemAvailable:"),
                files.text("/sys/kernel/mm/transparent_hugepage/enabled")
                        .flatMap(CpuReader::selected)
                        .orElse(null),
                numaNodes());
    }

    private Quota quota() {
        final Cgroup group = Cgroup.read(files);
        final OptionalDouble cpus = group.cpus();
        final OptionalLong bytes = group.memoryBytes();
        return new Quota(
                group.version(),
                cpus.isPresent() ? cpus.getAsDouble() : null,
                bytes.isPresent() ? bytes.getAsLong() : null);
    }

    /** One entry for each kind of cache; instances are told apart by the processors that share them. */
    List<Cache> caches() {
        final Map<String, Cache> distinct = new LinkedHashMap<>();
        for (final String cpu : files.list(CPUS, "cpu[0-9]*")) {
            for (final String index : files.list(CPUS + "/" + cpu + "/cache", "index[0-9]*")) {
                final String directory = CPUS + "/" + cpu + "/cache/" + index;
                cache(directory)
                        .ifPresent(cache -> distinct.putIfAbsent(
                                cache.level()
                                        + cache.type()
                                        + files.text(directory + "/shared_cpu_list")
                                                .orElse(cpu),
                                cache));
            }
        }
        final Map<Cache, Integer> counted = new LinkedHashMap<>();
        distinct.values().forEach(cache -> counted.merge(cache, 1, Integer::sum));
        return counted.entrySet().stream()
                .map(entry -> counted(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingInt(Cache::level).thenComparing(Cache::type))
                .toList();
    }

    private Optional<Cache> cache(final String directory) {
        final Optional<Long> level = files.number(directory + "/level");
        final Optional<Long> bytes = files.text(directory + "/size").flatMap(CpuReader::bytes);
        if (level.isEmpty() || bytes.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Cache(
                level.get().intValue(),
                files.text(directory + "/type").orElse("unified").toLowerCase(Locale.ROOT),
                bytes.get(),
                files.number(directory + "/coherency_line_size").orElse(0L).intValue(),
                files.text(directory + "/shared_cpu_list")
                        .flatMap(CpuList::parse)
                        .map(BitSet::cardinality)
                        .orElse(1),
                1));
    }

    private static Cache counted(final Cache one, final int instances) {
        return new Cache(one.level(), one.type(), one.bytes(), one.lineBytes(), one.sharedBy(), instances);
    }

    /** {@code 48K}, {@code 2M}. */
    private static Optional<Long> bytes(final String size) {
        final String digits = size.substring(0, Math.max(0, size.length() - 1));
        return switch (size.isEmpty() ? ' ' : size.charAt(size.length() - 1)) {
            case 'K' -> SystemFiles.parse(digits).map(n -> n * KILO);
            case 'M' -> SystemFiles.parse(digits).map(n -> n * KILO * KILO);
            default -> SystemFiles.parse(size);
        };
    }

    private Long memoryInfo(final String key) {
        return kilobytes("/proc/meminfo", key).findFirst().orElse(null);
    }

    private List<NumaNode> numaNodes() {
        return files.list(NODES, "node[0-9]*").stream()
                .flatMap(name -> SystemFiles.parse(name.substring("node".length())).stream()
                        .map(node -> new NumaNode(
                                node.intValue(),
                                files.text(NODES + "/" + name + "/cpulist").orElse(""),
                                kilobytes(NODES + "/" + name + "/meminfo", "Node " + node + " MemTotal:")
                                        .findFirst()
                                        .orElse(null))))
                .sorted(Comparator.comparingInt(NumaNode::node))
                .toList();
    }

    /** {@code MemTotal: 24689588 kB}. */
    private Stream<Long> kilobytes(final String file, final String key) {
        return files.lines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).replace("kB", "").strip())
                .flatMap(number -> SystemFiles.parse(number).stream())
                .map(n -> n * KILO);
    }

    /** The choice in brackets: {@code always [madvise] never}. */
    private static Optional<String> selected(final String choices) {
        return Stream.of(choices.split("\\s+"))
                .filter(choice -> choice.startsWith("[") && choice.endsWith("]"))
                .map(choice -> choice.substring(1, choice.length() - 1))
                .findFirst();
    }
}
