package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Isa;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FeaturesTest {
    private final Features features = new Features(SampleReports.mixed());

    @Test
    void shouldMeetWhatIsThere() {
        assertEquals(Map.of(), features.unmet(List.of("scalar", "avx2", "reference", "opencl", "cpu", "gpu")));
    }

    @Test
    void shouldListEverythingUnmetWithItsReason() {
        assertEquals(
                new TreeMap<>(Map.of(
                        "avx512vnni", new Missing("this processor does not have it", null),
                        "native", new Missing("no libtern is built for this platform", null),
                        "fpga", new Missing("no OpenCL runtime for FPGAs was found", "install XRT"),
                        "tpu", new Missing("no TPU on the PCI bus", null))),
                features.unmet(List.of("fpga", "avx2", "avx512vnni", "tpu", "native")));
    }

    @Test
    void shouldTellWhatTheOperatingSystemWithholds() {
        final ProbeReport report = withIsa(List.of("scalar", "amxint8"), List.of("scalar"));
        assertEquals(
                "the operating system does not grant it to this process",
                new Features(report).unmet(List.of("amxint8")).get("amxint8").reason());
    }

    @Test
    void shouldTrustCpuidMoreThanTheOperatingSystem() {
        assertEquals(
                Map.of(), new Features(withIsa(List.of("scalar"), List.of("scalar", "avx2"))).unmet(List.of("avx2")));
    }

    @Test
    void shouldRefuseAWordOutsideTheVocabulary() {
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Features.check(List.of("avx2", "avx9", "")));
        assertTrue(refusal.getMessage().startsWith("feature: got avx9, "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("avx512vpopcntdq"), refusal.getMessage());
    }

    @Test
    void shouldKnowEveryInstructionSetOfTheEngine() {
        for (final Isa isa : Isa.values()) {
            Features.check(List.of(isa.word()));
        }
    }

    private static ProbeReport withIsa(final List<String> os, final List<String> cpuid) {
        final ProbeReport r = SampleReports.mixed();
        final ProbeReport.Cpu c = r.cpu();
        final ProbeReport.Cpu cpu = new ProbeReport.Cpu(
                c.model(),
                c.vendor(),
                c.logicalCpus(),
                c.physicalCores(),
                c.usableCores(),
                c.quota(),
                new ProbeReport.Isa(os, cpuid, null),
                c.caches());
        return new ProbeReport(
                r.hardwareKey(),
                r.os(),
                r.jvm(),
                cpu,
                r.memory(),
                r.nativeLibrary(),
                r.backends(),
                r.devices(),
                r.accelerators(),
                r.operations(),
                r.measured());
    }
}
