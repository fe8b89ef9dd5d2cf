package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program run by some mpirun. Under {@code CI=true} a missing one is a failure. */
final class MpiJob {
    /** More than a job takes on two busy cores; what runs longer hangs. */
    private static final int MOST_SECONDS = 240;

    /** What an implementation of MPI starts jobs with, on fewer cores than ranks and as root too. */
    enum Implementation {
        OPEN_MPI(List.of("mpirun.openmpi", "--allow-run-as-root", "--oversubscribe")),
        MPICH(List.of("mpirun.mpich"));

        private final List<String> command;

        Implementation(final List<String> command) {
            this.command = command;
        }

        private boolean isPresent() {
            for (final String folder : System.getenv("PATH").split(":")) {
                if (Files.isExecutable(Path.of(folder, command.getFirst()))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** What a job said, on both streams, and how it ended. */
    record Outcome(int status, String output) {}

    private MpiJob() {}

    static Outcome run(final Implementation implementation, final int ranks, final String... arguments) {
        require(implementation);
        final List<String> command = new ArrayList<>(implementation.command);
        command.addAll(List.of("-n", String.valueOf(ranks)));
        command.addAll(java(arguments));
        return run(command);
    }

    /** Without mpirun. */
    static Outcome alone(final String... arguments) {
        return run(java(arguments));
    }

    private static void require(final Implementation implementation) {
        final String reason = implementation.command.getFirst() + " is not on the PATH: see scripts/setup";
        if ("true".equals(System.getenv("CI"))) {
            assertTrue(implementation.isPresent(), reason);
        }
        assumeTrue(implementation.isPresent(), reason);
    }

    /** Small: as many of these start at once as there are ranks. */
    private static List<String> java(final String... arguments) {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
        for (final String argument : arguments) {
            if (argument.startsWith("-D")) {
                command.add(argument);
            }
        }
        command.add(RankProgram.class.getName());
        command.addAll(
                List.of(arguments).stream().filter(a -> !a.startsWith("-D")).toList());
        return command;
    }

    private static Outcome run(final List<String> command) {
        try {
            final Path output = Files.createTempFile("tern-ranks", ".txt");
            final Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            final boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            final String said = Files.readString(output);
            Files.delete(output);
            assertTrue(ended, "did not end in " + MOST_SECONDS + " s: " + said);
            return new Outcome(process.exitValue(), said);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
