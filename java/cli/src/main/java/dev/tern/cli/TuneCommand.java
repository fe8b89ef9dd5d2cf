package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Tuning;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tern tune gemm 128x768x3072}: measures now, so that programs find it in the cache. */
@Command(
        name = "tune",
        description = "Measures the kernels of operations and keeps the times for all programs on this machine.",
        mixinStandardHelpOptions = true)
final class TuneCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "OP|MODEL",
            description = "gemm|spmm MxNxK, conv2d|max-pool|average-pool|reorder NxHxWxC, lstm BATCHxINPUTSxHIDDEN,"
                    + " lstm-training BATCHxINPUTSxHIDDEN, such as gemm 128x768x3072; or mlp …")
    private List<String> what;

    @Mixin
    private GemmOptions gemm;

    @Mixin
    private WindowOptions windows;

    @Mixin
    private EngineOptions engines;

    @Override
    public Integer call() throws IOException {
        final Explanations tuned;
        try (Engine engine = engines.engine(Tuning.REMEASURE);
                ProgressBar bar = Progress.bar("measure", -1)) {
            bar.setExtraMessage(String.join(" ", what));
            tuned = Explanations.of(engine, what, gemm, windows);
        }
        final PrintWriter out = spec.commandLine().getOut();
        for (final Explanation operation : tuned.operations()) {
            out.printf(
                    Locale.ROOT,
                    "%s, rows %s: %s, %.2f us%n",
                    operation.operation(),
                    operation.rows().word(),
                    operation.chosen().id(),
                    operation.chosen().nanos() / 1e3);
        }
        out.flush();
        return 0;
    }
}
