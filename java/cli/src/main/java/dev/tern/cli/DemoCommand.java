package dev.tern.cli;

import dev.tern.nn.data.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tern demo}. */
@Command(
        name = "demo",
        description = "Trains an MLP on MNIST, quantizes it to int8, and shows what that saved on this machine.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final DataSet data = DataArgument.mnistOrSample();
        final PrintWriter told = json ? spec.commandLine().getErr() : out;
        final DemoReport report = new Demo(data, line -> {
                    told.println(line);
                    told.flush();
                })
                .run();
        if (json) {
            out.println(Json.write(report));
            out.flush();
        } else {
            new DemoText(out).print(report);
        }
        return 0;
    }
}
