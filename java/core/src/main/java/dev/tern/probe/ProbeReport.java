package dev.tern.probe;

import dev.tern.machine.HardwareKey;
import java.util.List;

/**
 * Everything that the probe found. The records are a contract: they become JSON by their names as they stand,
 * components may be added and none changed. A null says that the machine does not tell; a {@link Missing} says why
 * something cannot be used and what to do about it.
 *
 * @param hardwareKey what measurements taken here are good for, see {@link HardwareKey}
 * @param operations which backend each operation would take
 * @param measured null unless measuring was asked for
 */
public record ProbeReport(
        String hardwareKey,
        Os os,
        Jvm jvm,
        Cpu cpu,
        Memory memory,
        NativeLibrary nativeLibrary,
        List<BackendReport> backends,
        List<DeviceReport> devices,
        List<Accelerator> accelerators,
        List<OperationReport> operations,
        Measured measured) {

    /** @param remedy the flag, jar or package that would help; null where nothing does */
    public record Missing(String reason, String remedy) {}

    /** @param arch as the JVM spells it: {@code amd64}, {@code aarch64} */
    public record Os(String name, String version, String arch) {}

    /** @param flags those that the command line set and that change what Tern can do or how fast */
    public record Jvm(
            String version,
            String vendor,
            String vm,
            Compiler compiler,
            VectorApi vectorApi,
            NativeAccess nativeAccess,
            List<String> flags,
            long maxHeapBytes) {}

    /**
     * The compiler that hot code ends in.
     *
     * @param missing null where it is C2, without which vector code runs a hundred times slower
     */
    public record Compiler(String name, Missing missing) {}

    /** @param bits of the widest vector that C2 compiles to; null where the JVM does not tell */
    public record VectorApi(boolean module, Integer bits, Missing missing) {}

    /** @param state {@code enabled}, {@code warns} or {@code denied} */
    public record NativeAccess(String state, Missing missing) {}

    /**
     * @param logicalCpus all that are online
     * @param physicalCores all that are online
     * @param usableCores physical cores within affinity mask, quota and JVM settings
     */
    public record Cpu(
            String model,
            String vendor,
            int logicalCpus,
            int physicalCores,
            int usableCores,
            Quota quota,
            Isa isa,
            List<Cache> caches) {}

    /**
     * What the control group allows.
     *
     * @param cgroup version of control groups, 0 where there are none
     * @param cpus null without a limit
     */
    public record Quota(int cgroup, Double cpus, Long memoryBytes) {}

    /**
     * Instruction sets in Tern's vocabulary, seen from two sides.
     *
     * @param os as the operating system lists them
     * @param cpuid as the native library found them; null without it
     * @param missing why {@code cpuid} is null
     */
    public record Isa(List<String> os, List<String> cpuid, Missing missing) {}

    /**
     * @param type {@code data}, {@code instruction} or {@code unified}
     * @param bytes of one instance
     * @param sharedBy logical processors that share one instance
     */
    public record Cache(int level, String type, long bytes, int lineBytes, int sharedBy, int instances) {}

    /** @param transparentHugePages {@code always}, {@code madvise}, {@code never} or null */
    public record Memory(Long totalBytes, Long availableBytes, String transparentHugePages, List<NumaNode> numaNodes) {}

    /** @param cpus in the kernel's notation, {@code 0-3,8} */
    public record NumaNode(int node, String cpus, Long bytes) {}

    /**
     * @param sha256 of the file that was loaded
     * @param build compiler, version and target
     * @param isa the instruction sets that its kernels are chosen from, after the clamp of {@code tern.maxIsa}
     */
    public record NativeLibrary(String path, String sha256, String build, List<String> isa, Missing missing) {}

    /**
     * @param detail what it found; null where it is missing
     * @param missing null where it can be used
     */
    public record BackendReport(String name, String detail, Missing missing) {}

    /** @param kind {@code cpu}, {@code gpu} or {@code fpga} */
    public record DeviceReport(String name, String kind, String description) {}

    /**
     * A kind of accelerator, from the PCI bus up to the library that programs use.
     *
     * @param kind {@code opencl}, {@code cuda}, {@code fpga} or {@code tpu}
     * @param backend which of Tern's backends serves it; null where none exists
     * @param missing the first thing that stands in the way; null where Tern can use it
     */
    public record Accelerator(
            String kind, String backend, List<Hardware> hardware, List<Library> libraries, Missing missing) {}

    /**
     * @param location PCI address, or the device file where there is no more than that
     * @param id PCI vendor and device, {@code 10de:2335}; null off the PCI bus
     * @param driver null where no driver is bound
     */
    public record Hardware(String name, String location, String id, String driver, List<String> deviceFiles) {}

    /** @param path null where it was not found, {@code missing} then says where it was looked for */
    public record Library(String name, String path, Missing missing) {}

    /**
     * @param types of a, b and y
     * @param backend null where nothing takes it
     * @param refusals the backends and kernels that cannot or may not take it
     */
    public record OperationReport(
            String operation, String types, String backend, String device, String kernel, List<Refusal> refusals) {}

    /** @param kernel null where the whole backend is refused */
    public record Refusal(String backend, String kernel, String reason) {}

    /** @param missing why a part could not be measured; null where all was */
    public record Measured(List<Peak> peaks, List<Bandwidth> bandwidths, Missing missing) {}

    /** @param gops billions of operations per second, all threads together; a multiplication and an addition are two */
    public record Peak(String instruction, String isa, int threads, double gops) {}

    /** @param level {@code L1}, {@code L2}, {@code L3} or {@code memory} */
    public record Bandwidth(String level, long bytesPerThread, int threads, double gigabytesPerSecond) {}
}
