package dev.tern.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code scripts/bench SUITE}: measures, and makes pages of what was measured. */
@Command(
        name = "bench",
        description = "Times Tern and its peers in turn.",
        mixinStandardHelpOptions = true,
        subcommands = {
            GemmCommand.class,
            BinaryCommand.class,
            LowbitCommand.class,
            ConvCommand.class,
            SparseCommand.class,
            LstmCommand.class,
            TrainingCommand.class,
            StepCommand.class,
            DispatchCommand.class,
            AllReduceCommand.class,
            JmhCommand.class,
            ReportCommand.class
        })
public final class BenchCommand {

    private BenchCommand() {}

    public static void main(final String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new BenchCommand());
    }
}
