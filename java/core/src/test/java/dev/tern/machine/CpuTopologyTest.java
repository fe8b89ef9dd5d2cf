package dev.tern.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTopologyTest {

    private static final int PLENTY = 64;

    @TempDir
    private Path root;

    @Test
    void shouldCountTwoThreadsOfACoreOnce() {
        final FixtureTree tree = fourThreadsOnTwoCores();
        assertEquals(2, CpuTopology.usableCores(tree.files(), PLENTY));
    }

    @Test
    void shouldCountOnlyTheCoresOfTheAffinityMask() {
        final FixtureTree tree =
                fourThreadsOnTwoCores().file("/proc/self/status", "Name:\tjava\nCpus_allowed_list:\t1,3\n");
        assertEquals(1, CpuTopology.usableCores(tree.files(), PLENTY));
    }

    @Test
    void shouldRoundAQuotaDownButNeverToZero() {
        assertEquals(1, CpuTopology.usableCores(quota("150000 100000").files(), PLENTY));
        assertEquals(1, CpuTopology.usableCores(quota("50000 100000").files(), PLENTY));
        assertEquals(2, CpuTopology.usableCores(quota("max 100000").files(), PLENTY));
    }

    @Test
    void shouldNotExceedTheProcessorsOfTheJvm() {
        assertEquals(1, CpuTopology.usableCores(fourThreadsOnTwoCores().files(), 1));
    }

    @Test
    void shouldReadTheFileOfKernelsBefore53() {
        final FixtureTree tree = new FixtureTree(root)
                .file("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0")
                .file("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1");
        assertEquals(2, CpuTopology.usableCores(tree.files(), PLENTY));
    }

    @Test
    void shouldTakeTheProcessorsOfTheJvmWhereNoTopologyIsShown() {
        assertEquals(6, CpuTopology.usableCores(new FixtureTree(root).files(), 6));
    }

    @Test
    void shouldPassOverBrokenEntries() {
        final FixtureTree tree = fourThreadsOnTwoCores()
                .file("/proc/self/status", "Cpus_allowed_list:\tall\n")
                .directory("/sys/devices/system/cpu/cpu9")
                .cpu(7, "");
        assertEquals(3, CpuTopology.usableCores(tree.files(), PLENTY));
    }

    @Test
    void shouldFindThisMachineWithinTheProcessorsOfTheJvm() {
        final int cores = CpuTopology.physicalCores();
        assertTrue(cores >= 1 && cores <= Runtime.getRuntime().availableProcessors(), "cores: " + cores);
    }

    private FixtureTree quota(final String cpuMax) {
        return fourThreadsOnTwoCores()
                .file("/proc/self/cgroup", "0::/\n")
                .file("/proc/self/mountinfo", "24 18 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
                .file("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
                .file("/sys/fs/cgroup/cpu.max", cpuMax + "\n");
    }

    private FixtureTree fourThreadsOnTwoCores() {
        return new FixtureTree(root).cpu(0, "0,2").cpu(1, "1,3").cpu(2, "0,2").cpu(3, "1,3");
    }
}
