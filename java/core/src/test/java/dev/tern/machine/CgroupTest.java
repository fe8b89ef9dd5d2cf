package dev.tern.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupTest {

    private static final String UNIFIED = "24 18 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";

    @TempDir
    private Path root;

    private FixtureTree tree;

    @BeforeEach
    void create() {
        tree = new FixtureTree(root);
    }

    @Test
    void shouldTakeTheTightestLimitUpToTheRoot() {
        tree.file("/proc/self/cgroup", "0::/team/job\n")
                .file("/proc/self/mountinfo", UNIFIED)
                .file("/sys/fs/cgroup/cgroup.controllers", "cpu memory")
                .file("/sys/fs/cgroup/team/cpu.max", "300000 100000")
                .file("/sys/fs/cgroup/team/memory.max", "1000000")
                .file("/sys/fs/cgroup/team/job/cpu.max", "max 100000")
                .file("/sys/fs/cgroup/team/job/memory.max", "2000000");
        assertEquals(new Cgroup(2, OptionalDouble.of(3), OptionalLong.of(1_000_000)), Cgroup.read(tree.files()));
    }

    @Test
    void shouldReadVersionOneBelowTheMountedGroup() {
        tree.file("/proc/self/cgroup", "5:cpuacct,cpu:/docker/ab\n4:memory:/docker/ab/inner\n0::/\n")
                .file("/proc/self/mountinfo", """
                        32 31 0:29 /docker/ab /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                        35 31 0:32 /docker/ab /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                        """)
                .file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000")
                .file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000")
                .file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
                .file("/sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "4096");
        assertEquals(new Cgroup(1, OptionalDouble.of(2.5), OptionalLong.of(4096)), Cgroup.read(tree.files()));
    }

    @Test
    void shouldSeeNoLimitWhereNoneIsSet() {
        tree.file("/proc/self/cgroup", "1:cpu:/\n0::/\n")
                .file("/proc/self/mountinfo", "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" + UNIFIED)
                .file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
                .file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
        assertEquals(new Cgroup(1, OptionalDouble.empty(), OptionalLong.empty()), Cgroup.read(tree.files()));
    }

    @Test
    void shouldSeeNoGroupsOnAMachineWithoutThem() {
        assertEquals(new Cgroup(0, OptionalDouble.empty(), OptionalLong.empty()), Cgroup.read(tree.files()));
    }

    @Test
    void shouldPassOverBrokenEntries() {
        tree.file("/proc/self/cgroup", "nonsense\n0::/../escaped\n")
                .file("/proc/self/mountinfo", "- \n24 18 - cgroup2\n" + UNIFIED)
                .file("/sys/fs/cgroup/cgroup.controllers", "cpu")
                .file("/sys/fs/cgroup/cpu.max", "many of them")
                .file("/sys/fs/cgroup/memory.max", "");
        assertEquals(new Cgroup(2, OptionalDouble.empty(), OptionalLong.empty()), Cgroup.read(tree.files()));
    }
}
