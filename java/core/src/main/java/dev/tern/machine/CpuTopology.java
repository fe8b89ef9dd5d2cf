package dev.tern.machine;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** How many threads of compute this process can really run at once. */
public final class CpuTopology {
    private CpuTopology() {}

    /**
     * Physical cores that this process may run on, within its affinity mask, its control group's quota and the JVM's
     * own {@code -XX:ActiveProcessorCount}; at least 1. The number of threads that an engine takes by default.
     */
    public static int physicalCores() {
        return Cores.USABLE;
    }

    /** Whole processors within the quota: a thread more would be throttled while all the others wait for it. */
    public static int usableCores(final SystemFiles files, final int availableProcessors) {
        final double quota = Cgroup.read(files).cpus().orElse(Double.MAX_VALUE);
        final int cores = cores(files, allowed(files)).orElse(availableProcessors);
        return (int) Math.max(1, Math.min(quota, Math.min(cores, availableProcessors)));
    }

    /** The distinct cores behind a set of logical processors; empty where the system shows no topology. */
    public static Optional<Integer> cores(final SystemFiles files, final Optional<BitSet> cpus) {
        final Set<String> cores = new HashSet<>();
        for (final String cpu : files.list("/sys/devices/system/cpu", "cpu[0-9]*")) {
            final boolean counts = cpus.isEmpty()
                    || CpuList.number(cpu.substring(3)).filter(cpus.get()::get).isPresent();
            if (counts) {
                siblings(files, "/sys/devices/system/cpu/" + cpu + "/topology/").ifPresent(cores::add);
            }
        }
        return cores.isEmpty() ? Optional.empty() : Optional.of(cores.size());
    }

    /** The logical processors in this process's affinity mask, which also bears the control group's cpuset. */
    static Optional<BitSet> allowed(final SystemFiles files) {
        return files.lines("/proc/self/status").stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .flatMap(line -> CpuList.parse(line.substring(line.indexOf(':') + 1)));
    }

    /** The list of threads of one core names the core; kernels before 5.3 know it by the older file alone. */
    private static Optional<String> siblings(final SystemFiles files, final String topology) {
        return files.text(topology + "core_cpus_list").or(() -> files.text(topology + "thread_siblings_list"));
    }

    private static final class Cores {
        static final int USABLE =
                usableCores(SystemFiles.ofThisMachine(), Runtime.getRuntime().availableProcessors());
    }
}
