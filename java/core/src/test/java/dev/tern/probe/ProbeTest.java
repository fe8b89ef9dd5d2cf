package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ffm.NativeLibrary;
import dev.tern.machine.CpuTopology;
import dev.tern.machine.FixtureTree;
import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Measured;
import dev.tern.probe.ProbeReport.OperationReport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeTest {
    @TempDir
    private Path root;

    @Test
    void shouldReportThisMachine() {
        final ProbeReport report = Probe.read();
        assertEquals(CpuTopology.physicalCores(), report.cpu().usableCores());
        assertTrue(report.cpu().physicalCores() <= report.cpu().logicalCpus());
        assertEquals("cpu", report.devices().getFirst().name());
        assertEquals(
                List.of("opencl", "cuda", "fpga", "tpu"),
                report.accelerators().stream().map(Accelerator::kind).toList());
        assertNull(report.measured());
    }

    @Test
    void shouldFindABackendForEveryOperation() {
        for (final OperationReport operation : Probe.read().operations()) {
            assertNotNull(operation.backend(), operation::toString);
            assertFalse(operation.kernel().isEmpty(), operation::toString);
        }
    }

    @Test
    void shouldShowTheMachineEvenWhenADeviceIsPinnedThatIsNotThere() {
        System.setProperty("tern.device", "opencl:gpu:99");
        try {
            final ProbeReport report = Probe.read();
            assertEquals("cpu", report.devices().getFirst().name());
            for (final OperationReport operation : report.operations()) {
                assertNull(operation.backend(), operation::toString);
                assertTrue(operation.refusals().getFirst().reason().contains("opencl:gpu:99"), operation::toString);
            }
        } finally {
            System.clearProperty("tern.device");
        }
    }

    @Test
    void shouldSurviveASettingThatNoEngineAccepts() {
        System.setProperty("tern.maxIsa", "avx9");
        try {
            final ProbeReport report = Probe.read();
            assertTrue(report.backends().getFirst().missing().reason().contains("avx9"), report::toString);
        } finally {
            System.clearProperty("tern.maxIsa");
        }
    }

    @Test
    void shouldReportEveryBackendOfTernAndWhyItIsAbsent() {
        final List<BackendReport> backends = Probe.read().backends();
        assertEquals(
                List.of("native", "vector", "opencl", "cuda", "reference"),
                backends.stream().map(BackendReport::name).toList());
        for (final BackendReport backend : backends) {
            assertTrue(backend.missing() == null ^ backend.detail() == null, backend::toString);
        }
    }

    @Test
    void shouldAgreeWithTheNativeLibraryAboutInstructionSets() {
        final ProbeReport.Isa isa = Probe.read().cpu().isa();
        if (NativeLibrary.get().isLoaded()) {
            assertEquals(isa.os(), isa.cpuid());
        } else {
            assertEquals(NativeLibrary.get().reason(), isa.missing().reason());
        }
    }

    @Test
    void shouldReportAMachineThatShowsNothing() {
        final ProbeReport report = new Probe(new FixtureTree(root).files()).report(false);
        assertNull(report.cpu().vendor());
        assertEquals(List.of("scalar"), report.cpu().isa().os());
        assertNull(report.memory().totalBytes());
        assertFalse(ProbeText.of(report).contains("null"), ProbeText.of(report));
    }

    @Test
    void shouldMeasureMoreThanNothingOrSayWhy() {
        final Measured measured = Probe.readAndMeasure().measured();
        if (!NativeLibrary.get().isLoaded()) {
            assertNotNull(measured.missing());
            return;
        }
        assertTrue(measured.missing() != null || measured.peaks().size() >= 2, measured::toString);
        measured.peaks().forEach(peak -> assertTrue(peak.gops() > 0, peak::toString));
        measured.bandwidths().forEach(level -> assertTrue(level.gigabytesPerSecond() > 0, level::toString));
    }
}
