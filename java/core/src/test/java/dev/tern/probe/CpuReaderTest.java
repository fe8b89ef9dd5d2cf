package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tern.machine.CpuInfo;
import dev.tern.machine.FixtureTree;
import dev.tern.probe.ProbeReport.Cache;
import dev.tern.probe.ProbeReport.Cpu;
import dev.tern.probe.ProbeReport.Isa;
import dev.tern.probe.ProbeReport.Memory;
import dev.tern.probe.ProbeReport.NumaNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuReaderTest {
    private static final Isa NO_ISA = new Isa(List.of(), null, null);

    @TempDir
    private Path root;

    private FixtureTree tree;

    @BeforeEach
    void create() {
        tree = new FixtureTree(root);
    }

    @Test
    void shouldCountCachesByWhatSharesThem() {
        for (int cpu = 0; cpu < 4; cpu++) {
            final String core = cpu % 2 == 0 ? "0,2" : "1,3";
            tree.cpu(cpu, core);
            cache(cpu, 0, "1", "Data", "48K", core);
            cache(cpu, 1, "1", "Instruction", "32K", core);
            cache(cpu, 2, "2", "Unified", "2048K", core);
            cache(cpu, 3, "3", "Unified", "300M", "0-3");
        }
        assertEquals(
                List.of(
                        new Cache(1, "data", 48 << 10, 64, 2, 2),
                        new Cache(1, "instruction", 32 << 10, 64, 2, 2),
                        new Cache(2, "unified", 2 << 20, 64, 2, 2),
                        new Cache(3, "unified", 300 << 20, 64, 4, 1)),
                new CpuReader(tree.files()).caches());
    }

    @Test
    void shouldCountOnlineProcessors() {
        tree.cpu(0, "0,2").cpu(1, "1,3").cpu(2, "0,2").file("/sys/devices/system/cpu/online", "0-2\n");
        final Cpu cpu = new CpuReader(tree.files()).cpu(NO_ISA);
        assertEquals(3, cpu.logicalCpus());
        assertEquals(2, cpu.physicalCores());
    }

    @Test
    void shouldReadMemoryAndItsNodes() {
        tree.file("/proc/meminfo", "MemTotal:       2048 kB\nMemFree: 7 kB\nMemAvailable:   1024 kB\n")
                .file("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n")
                .file("/sys/devices/system/node/node0/cpulist", "0-1\n")
                .file("/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       1536 kB\n")
                .file("/sys/devices/system/node/node10/cpulist", "\n")
                .file("/sys/devices/system/node/node2/cpulist", "2\n");
        assertEquals(
                new Memory(
                        2048L << 10,
                        1024L << 10,
                        "madvise",
                        List.of(
                                new NumaNode(0, "0-1", 1536L << 10),
                                new NumaNode(2, "2", null),
                                new NumaNode(10, "", null))),
                new CpuReader(tree.files()).memory());
    }

    @Test
    void shouldLeaveOutWhatASystemDoesNotTell() {
        final CpuReader reader = new CpuReader(tree.files());
        assertEquals(new Memory(null, null, null, List.of()), reader.memory());
        final Cpu cpu = reader.cpu(NO_ISA);
        assertNull(cpu.vendor());
        assertEquals(List.of(), cpu.caches());
        assertEquals(Runtime.getRuntime().availableProcessors(), cpu.logicalCpus());
    }

    @Test
    void shouldPassOverBrokenEntries() {
        tree.file("/proc/cpuinfo", ":\nno colon\nflags")
                .file("/proc/meminfo", "MemTotal: lots\n")
                .file("/sys/kernel/mm/transparent_hugepage/enabled", "")
                .file("/sys/devices/system/cpu/online", "-\n");
        cache(0, 0, "one", "Data", "48K", "0");
        cache(0, 1, "2", "Data", "", "0");
        cache(0, 2, "2", "Data", "K", "0");
        final CpuReader reader = new CpuReader(tree.files());
        assertEquals(new Memory(null, null, null, List.of()), reader.memory());
        assertEquals(List.of(), reader.caches());
        assertEquals(List.of("scalar"), CpuInfo.read(tree.files()).isa());
    }

    private void cache(
            final int cpu,
            final int index,
            final String level,
            final String type,
            final String size,
            final String shared) {
        final String directory = "/sys/devices/system/cpu/cpu" + cpu + "/cache/index" + index;
        tree.file(directory + "/level", level)
                .file(directory + "/type", type)
                .file(directory + "/size", size)
                .file(directory + "/coherency_line_size", "64")
                .file(directory + "/shared_cpu_list", shared);
    }
}
