package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Isa;
import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.DeviceReport;
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
    void shouldSayWhyNeitherWayLeadsToAGpu() {
        final ProbeReport report = with(
                List.of(),
                List.of(
                        accelerator("opencl", new Missing("no driver", "install one")),
                        accelerator("cuda", new Missing("no NVIDIA GPU on the PCI bus", null)),
                        accelerator("tpu", new Missing("no TPU", "never mind"))));
        assertEquals(
                new Missing("no driver; no NVIDIA GPU on the PCI bus", "install one"),
                new Features(report).unmet(List.of("gpu")).get("gpu"));
    }

    @Test
    void shouldSayThatNoDeviceIsAGpuWhereOpenClWorksWithoutOne() {
        final ProbeReport report = with(List.of(), List.of(accelerator("opencl", null)));
        assertEquals(
                new Missing("no backend offers a gpu", null),
                new Features(report).unmet(List.of("gpu")).get("gpu"));
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

    private static Accelerator accelerator(final String kind, final Missing missing) {
        return new Accelerator(kind, kind, List.of(), List.of(), missing);
    }

    private static ProbeReport withIsa(final List<String> os, final List<String> cpuid) {
        final ProbeReport.Cpu sample = SampleReports.mixed().cpu();
        return with(
                new ProbeReport.Cpu(
                        sample.model(),
                        sample.vendor(),
                        sample.logicalCpus(),
                        sample.physicalCores(),
                        sample.usableCores(),
                        sample.quota(),
                        new ProbeReport.Isa(os, cpuid, null),
                        sample.caches()),
                SampleReports.mixed().devices(),
                SampleReports.mixed().accelerators());
    }

    private static ProbeReport with(final List<DeviceReport> devices, final List<Accelerator> accelerators) {
        return with(SampleReports.mixed().cpu(), devices, accelerators);
    }

    private static ProbeReport with(
            final ProbeReport.Cpu cpu, final List<DeviceReport> devices, final List<Accelerator> accelerators) {
        final ProbeReport sample = SampleReports.mixed();
        return new ProbeReport(
                sample.hardwareKey(),
                sample.os(),
                sample.jvm(),
                cpu,
                sample.memory(),
                sample.nativeLibrary(),
                sample.backends(),
                devices,
                accelerators,
                sample.operations(),
                sample.measured());
    }
}
