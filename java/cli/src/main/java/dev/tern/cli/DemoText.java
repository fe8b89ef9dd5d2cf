package dev.tern.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** A demo's report as tables. */
final class DemoText {
    private final PrintWriter out;

    DemoText(final PrintWriter out) {
        this.out = out;
    }

    void print(final DemoReport report) {
        layers(report);
        variants(report);
        saving(report);
        out.flush();
    }

    private void layers(final DemoReport report) {
        line("");
        line("Layers at a batch of %d, the best kernel of each backend", Demo.LARGE);
        line("  %-6s %-9s %-34s %10s", "type", "backend", "kernel", "us");
        for (final DemoReport.Layer layer : report.layers()) {
            line("  %s: %s", layer.name(), layer.op());
            final Set<String> shown = new HashSet<>();
            for (final DemoReport.Candidate c : layer.candidates()) {
                if (shown.add(c.type() + c.backend())) {
                    line("  %-6s %-9s %-34s %,10.2f", c.type(), c.backend(), c.kernel(), c.medianNs() / 1e3);
                }
            }
            line("  -> %s; %s", layer.chosen(), layer.reason());
        }
    }

    private void variants(final DemoReport report) {
        line("");
        line("Model %s on %s, pixels to logits", report.model(), report.data().name());
        line("  %-5s %-14s %10s %9s %14s %14s", "type", "backend", "bytes", "accuracy", "batch 1, ms", "batch 256, ms");
        for (final DemoReport.Variant v : report.variants()) {
            line(
                    "  %-5s %-14s %,10d %7.2f %% %14.4f %14.4f%s",
                    v.name(),
                    v.backend(),
                    v.bytes(),
                    100 * v.accuracy(),
                    v.latencyMs().get(String.valueOf(Demo.SMALL)),
                    v.latencyMs().get(String.valueOf(Demo.LARGE)),
                    isFastest(report, v) ? "  <- fastest" : "");
        }
    }

    private static boolean isFastest(final DemoReport report, final DemoReport.Variant variant) {
        return report.variants().stream()
                .min(Comparator.comparingDouble(v -> v.latencyMs().get(String.valueOf(Demo.LARGE))))
                .orElseThrow()
                .equals(variant);
    }

    private void saving(final DemoReport report) {
        final DemoReport.Saving saving = report.saving();
        line("");
        line(
                "int8 saves: %.2f x fewer bytes, %.2f x the speed at batch 1, %.2f x at batch 256, "
                        + "for %.2f points of accuracy;",
                saving.bytes(),
                saving.speed().get(String.valueOf(Demo.SMALL)),
                saving.speed().get(String.valueOf(Demo.LARGE)),
                saving.accuracyPoints());
        line("%d of %d layers run in int8.", saving.int8Layers(), saving.layers());
    }

    private void line(final String format, final Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
