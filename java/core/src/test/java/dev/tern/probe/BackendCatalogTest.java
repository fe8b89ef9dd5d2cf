package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tern.Availability;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendCatalogTest {
    @Test
    void shouldNameTheJarOfABackendThatWasNotFound() {
        final BackendReport vector = report("vector", BackendCatalog.reports(Map.of()));
        assertEquals(new Missing("its jar is not there", "add the jar tern-vector"), vector.missing());
    }

    @Test
    void shouldGiveTheReasonOfAProviderThatCouldNotBeLoaded() {
        final List<BackendReport> reports = BackendCatalog.reports(Map.of(
                "dev.tern.vector.VectorBackend", Availability.no("start Java with --add-modules"),
                "dev.tern.ffm.NativeBackend", Availability.no("bad build")));
        assertEquals(
                "start Java with --add-modules",
                report("vector", reports).missing().reason());
        assertEquals("bad build", report("native", reports).missing().reason());
        assertEquals(5, reports.size());
    }

    @Test
    void shouldAddTheBackendsOfOthers() {
        final BackendReport other =
                report("com.example.Npu", BackendCatalog.reports(Map.of("com.example.Npu", Availability.yes("found"))));
        assertEquals("found", other.detail());
        assertNull(other.missing());
    }

    @Test
    void shouldBlameASettingThatNoEngineAccepts() {
        BackendCatalog.unasked("device: got gpu")
                .forEach(backend -> assertEquals(new Missing("device: got gpu", null), backend.missing()));
    }

    private static BackendReport report(final String name, final List<BackendReport> reports) {
        return reports.stream()
                .filter(report -> report.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
