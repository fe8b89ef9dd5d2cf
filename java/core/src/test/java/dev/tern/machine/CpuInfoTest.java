package dev.tern.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuInfoTest {
    @TempDir
    private Path root;

    private FixtureTree tree;

    @BeforeEach
    void create() {
        tree = new FixtureTree(root);
    }

    @Test
    void shouldReadAnX86Processor() {
        tree.file("/proc/cpuinfo", """
                processor\t: 0
                vendor_id\t: AuthenticAMD
                model name\t: AMD EPYC 9R14
                flags\t\t: fpu sse2 avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512_vnni
                processor\t: 1
                model name\t: another
                """);
        final CpuInfo info = CpuInfo.read(tree.files());
        assertEquals(
                new CpuInfo("AMD EPYC 9R14", "AuthenticAMD", List.of("scalar", "avx2", "avx512", "avx512vnni")), info);
    }

    @Test
    void shouldReadAnArmProcessor() {
        tree.file("/proc/cpuinfo", """
                processor\t: 0
                Features\t: fp asimd evtstrm aes crc32 atomics asimddp
                CPU implementer\t: 0x41
                CPU part\t: 0xd0c
                """);
        assertEquals(
                new CpuInfo("Neoverse N1", "Arm", List.of("scalar", "neon", "dotprod")), CpuInfo.read(tree.files()));
    }

    @Test
    void shouldGrantAnInstructionSetOnlyWithAllThatItsKernelsUse() {
        assertEquals(List.of("scalar"), OsIsa.words("avx2 f16c"));
        assertEquals(List.of("scalar", "avx2"), OsIsa.words("avx2 fma f16c avx512f avx512_vnni"));
        assertEquals(List.of("scalar"), OsIsa.words(""));
    }

    @Test
    void shouldKeyMeasurementsByAllThatTheyDependOn() {
        final CpuInfo cpu = new CpuInfo("Model", "Vendor", List.of("scalar", "avx2"));
        assertEquals("Model; scalar avx2; cores 4; JVM 25", HardwareKey.of(cpu, "amd64", 4, "JVM 25"));
        final CpuInfo unnamed = new CpuInfo(null, null, List.of("scalar"));
        assertEquals("amd64; scalar; cores 4; JVM 25", HardwareKey.of(unnamed, "amd64", 4, "JVM 25"));
    }

    @Test
    void shouldKeyThisMachineInOneLine() {
        final String key = HardwareKey.ofThisMachine();
        assertTrue(key.contains(System.getProperty("java.vm.version")), key);
        assertFalse(key.contains("sharing"), "whether classes are shared has no bearing on kernels: " + key);
        assertEquals(1, key.lines().count());
    }
}
