package dev.tern.cli;

import dev.tern.probe.Features;
import dev.tern.probe.Probe;
import dev.tern.probe.ProbeReport;
import dev.tern.probe.ProbeReport.Missing;
import dev.tern.probe.ProbeText;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tern probe --require=avx512vnni,opencl}. */
@Command(
        name = "probe",
        description = "Shows hardware, devices and libraries, what Tern can use of them, and why not the rest.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:done", "2:wrong usage", "3:a required feature is not there"})
final class ProbeCommand implements Callable<Integer> {
    private static final int UNMET = 3;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Option(names = "--measure", description = "Measure instruction peaks and memory bandwidth, for some seconds.")
    private boolean measure;

    @Option(
            names = "--require",
            split = ",",
            paramLabel = "FEATURE",
            completionCandidates = FeatureNames.class,
            description = "Exit with 3 unless Tern can use all of these: ${COMPLETION-CANDIDATES}.")
    private List<String> require = List.of();

    @Override
    public Integer call() {
        Features.check(require);
        final ProbeReport report = measure ? Probe.readAndMeasure() : Probe.read();
        final PrintWriter out = spec.commandLine().getOut();
        out.print(json ? Json.write(report) + System.lineSeparator() : ProbeText.of(report));
        out.flush();
        return demand(new Features(report).unmet(require));
    }

    private int demand(final Map<String, Missing> unmet) {
        final PrintWriter err = spec.commandLine().getErr();
        unmet.forEach((feature, missing) -> err.println("tern: no " + feature + ": " + missing.reason()
                + (missing.remedy() == null ? "" : " -> " + missing.remedy())));
        err.flush();
        return unmet.isEmpty() ? 0 : UNMET;
    }

    /** The words for {@code --require}, for the help text. */
    private static final class FeatureNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Features.vocabulary().iterator();
        }
    }
}
