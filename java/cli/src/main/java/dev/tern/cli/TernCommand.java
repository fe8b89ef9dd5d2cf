package dev.tern.cli;

import java.io.PrintWriter;
import java.lang.System.Logger.Level;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line: 0 done, 1 failed, 2 usage, 3 a requirement was not met. */
@Command(
        name = "tern",
        description = "Makes neural networks cheap to train and run on the JVM.",
        mixinStandardHelpOptions = true,
        version = "tern 0.1.0-SNAPSHOT",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ProbeCommand.class,
            ExplainCommand.class,
            TuneCommand.class,
            DataCommand.class,
            TrainCommand.class,
            EvalCommand.class,
            DemoCommand.class
        })
public final class TernCommand implements Runnable {
    private static final System.Logger LOG = System.getLogger(TernCommand.class.getName());

    @Spec
    private CommandLine.Model.CommandSpec spec;

    public static void main(final String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new TernCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler(TernCommand::report);
    }

    /** A failure is one line for the user; its stack goes to the log. */
    private static int report(
            final Exception failure, final CommandLine command, final CommandLine.ParseResult parsed) {
        final PrintWriter err = command.getErr();
        err.println("tern: " + (failure.getMessage() == null ? failure.toString() : failure.getMessage()));
        for (final Throwable cause : failure.getSuppressed()) {
            err.println("  " + cause.getMessage());
        }
        LOG.log(Level.DEBUG, "failed", failure);
        return failure instanceof IllegalArgumentException
                ? command.getCommandSpec().exitCodeOnInvalidInput()
                : command.getCommandSpec().exitCodeOnExecutionException();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
