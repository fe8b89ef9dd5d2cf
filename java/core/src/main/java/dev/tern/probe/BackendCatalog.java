package dev.tern.probe;

import dev.tern.Availability;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Missing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tern's own backends, so that one whose jar is not there is reported too. */
final class BackendCatalog {
    private static final String PROVIDERS = "dev.tern.";

    private BackendCatalog() {}

    /** @param found by name, or by the provider's class where that could not be loaded */
    static List<BackendReport> reports(final Map<String, Availability> found) {
        final Map<String, BackendReport> reports = new LinkedHashMap<>();
        for (final BackendReport absent : notFound()) {
            reports.put(absent.name(), absent);
        }
        found.forEach((key, availability) -> reports.put(name(key), report(name(key), availability)));
        return new ArrayList<>(reports.values());
    }

    /** @param reason why no backend could be asked */
    static List<BackendReport> unasked(final String reason) {
        return notFound().stream()
                .map(backend -> absent(backend.name(), reason, null))
                .toList();
    }

    private static List<BackendReport> notFound() {
        return List.of(
                absent("native", "it is not registered as a service", "put tern-core on the path as it was built"),
                absent("vector", "its jar is not there", "add the jar tern-vector"),
                absent("opencl", "its jar is not there", "add the jars tern-opencl and org.jocl:jocl"),
                absent("cuda", "this version of Tern has none", null),
                absent("reference", "it is not registered as a service", "put tern-core on the path as it was built"));
    }

    private static BackendReport absent(final String name, final String reason, final String remedy) {
        return new BackendReport(name, null, new Missing(reason, remedy));
    }

    private static BackendReport report(final String name, final Availability availability) {
        return availability.available()
                ? new BackendReport(name, availability.detail(), null)
                : new BackendReport(name, null, new Missing(availability.detail(), null));
    }

    /** {@code dev.tern.vector.VectorBackend} is the provider of {@code vector}. */
    private static String name(final String key) {
        if (!key.startsWith(PROVIDERS)) {
            return key;
        }
        final String rest = key.substring(PROVIDERS.length());
        final String word = rest.substring(0, Math.max(0, rest.indexOf('.')));
        return word.equals("ffm") ? "native" : word;
    }
}
