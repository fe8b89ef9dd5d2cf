package dev.tern.probe;

import dev.tern.Device;
import dev.tern.Isa;
import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Missing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What can be demanded of a machine: instruction sets, backends, kinds of devices. A feature is there when Tern can use
 * it, not when the hardware is merely plugged in.
 */
public final class Features {
    private static final List<String> BACKENDS = List.of("reference", "vector", "native", "opencl", "cuda");
    private static final String GPU = "gpu";
    private static final String TPU = "tpu";

    private final ProbeReport report;

    public Features(final ProbeReport report) {
        this.report = report;
    }

    /** Every word that {@link #unmet} knows. */
    public static Set<String> vocabulary() {
        final Set<String> words = new LinkedHashSet<>();
        Arrays.stream(Isa.values()).map(Isa::word).forEach(words::add);
        words.addAll(BACKENDS);
        Arrays.stream(Device.Kind.values()).map(Features::word).forEach(words::add);
        words.add(TPU);
        return words;
    }

    /** Refuses words outside the vocabulary. */
    public static void check(final List<String> demands) {
        final List<String> unknown = new ArrayList<>(demands);
        unknown.removeAll(vocabulary());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "feature: got " + String.join(", ", unknown) + ", allowed: " + String.join(" ", vocabulary()));
        }
    }

    /** Those of the demands that are not there, by name, with the reasons. */
    public Map<String, Missing> unmet(final List<String> demands) {
        check(demands);
        final Map<String, Missing> unmet = new TreeMap<>();
        demands.forEach(demand -> missing(demand).ifPresent(missing -> unmet.put(demand, missing)));
        return unmet;
    }

    private Optional<Missing> missing(final String feature) {
        if (BACKENDS.contains(feature)) {
            return missingBackend(feature);
        }
        return Arrays.stream(Isa.values()).anyMatch(isa -> isa.word().equals(feature))
                ? missingIsa(feature)
                : missingDevice(feature);
    }

    private Optional<Missing> missingBackend(final String name) {
        return report.backends().stream()
                .filter(backend -> backend.name().equals(name) && backend.missing() != null)
                .map(BackendReport::missing)
                .findFirst();
    }

    private Optional<Missing> missingIsa(final String word) {
        final boolean listed = report.cpu().isa().os().contains(word);
        final List<String> granted = report.cpu().isa().cpuid();
        if (granted == null ? listed : granted.contains(word)) {
            return Optional.empty();
        }
        return Optional.of(new Missing(
                listed ? "the operating system does not grant it to this process" : "this processor does not have it",
                null));
    }

    private Optional<Missing> missingDevice(final String kind) {
        final boolean offered =
                report.devices().stream().anyMatch(device -> device.kind().equals(kind));
        return offered ? Optional.empty() : Optional.of(whyNo(kind));
    }

    /** A GPU can come by OpenCL or by CUDA, so that both say why it does not. */
    private Missing whyNo(final String kind) {
        final List<String> ways = kind.equals(GPU) ? List.of("opencl", "cuda") : List.of(kind);
        final List<Missing> reasons = report.accelerators().stream()
                .filter(accelerator -> ways.contains(accelerator.kind()) && accelerator.missing() != null)
                .map(Accelerator::missing)
                .toList();
        if (reasons.isEmpty()) {
            return new Missing("no backend offers a " + kind, null);
        }
        return new Missing(joined(reasons, Missing::reason), joined(reasons, Missing::remedy));
    }

    private static String joined(final List<Missing> all, final Function<Missing, String> part) {
        final List<String> words =
                all.stream().map(part).filter(Objects::nonNull).toList();
        return words.isEmpty() ? null : String.join("; ", words);
    }

    private static String word(final Device.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
