package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Tuning;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tern explain gemm 128x768x3072 --types u8s8u8}. */
@Command(
        name = "explain",
        description =
                "Shows every kernel that could run an operation, its time, and why it was chosen, beaten or refused.",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
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

    @Option(names = "--model-only", description = "Do not measure what was not measured before: trust the cost model.")
    private boolean modelOnly;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        final Explanations explanations;
        try (Engine engine = engines.engine(modelOnly ? Tuning.CACHED : Tuning.MEASURE);
                ProgressBar bar = Progress.bar("measure", -1)) {
            bar.setExtraMessage(String.join(" ", what));
            explanations = Explanations.of(engine, what, gemm, windows);
        }
        final PrintWriter out = spec.commandLine().getOut();
        out.println(json ? Json.write(explanations) : explanations);
        out.flush();
        return 0;
    }
}
