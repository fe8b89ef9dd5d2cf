package dev.tern.bench;

import dev.tern.cli.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code scripts/reproduce NAME}: measures published figures anew. A figure that is not met is a result, not a failure.
 */
@Command(name = "reproduce", description = "Regenerates published figures.", mixinStandardHelpOptions = true)
public final class ReproduceCommand implements Callable<Integer> {
    private static final String ALL = "all";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "Such as mlp-mnist, or all.")
    private String name;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the document there.")
    private Path json;

    private ReproduceCommand() {}

    public static void main(final String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new ReproduceCommand());
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        final List<Reproduction> chosen = Reproduction.all().stream()
                .filter(figure -> name.equals(ALL) || name.equals(figure.name()))
                .toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name: got " + name + ", allowed: " + names());
        }
        final PrintWriter out = spec.commandLine().getOut();
        final List<Figure> figures = new ArrayList<>();
        for (final Reproduction reproduction : chosen) {
            figures.addAll(reproduction.reproduce(line -> {
                out.println(line);
                out.flush();
            }));
        }
        figures.forEach(figure -> print(figure, out));
        out.flush();
        if (json != null) {
            Json.write(Figures.of(figures), json);
        }
        return 0;
    }

    private static String names() {
        return Stream.concat(Reproduction.all().stream().map(Reproduction::name), Stream.of(ALL))
                .collect(Collectors.joining(", "));
    }

    private static void print(final Figure figure, final PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%-45s goal %6.2f   measured %6.2f   %s%n",
                figure.what(),
                figure.goal(),
                figure.measured(),
                figure.met() ? "met" : "not met");
    }
}
