package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under mpirun a user's mistake is told in a line, as it is without, and ends the job. */
class MpiMistakeTest {

    @ParameterizedTest
    @ValueSource(strings = {"mpirun.openmpi --allow-run-as-root --oversubscribe", "mpirun.mpich"})
    void shouldBeToldInOneLine(final String mpirun) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of((mpirun + " -n 2").split(" ")));
        assumeTrue(isPresent(command.getFirst()), command.getFirst() + " is not on the PATH: see scripts/setup");
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                TernCommand.class.getName()));
        command.addAll(List.of("train", "mlp", "--data", "mnist-sample", "--model-parallel", "3"));
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), output);
        assertTrue(output.contains("tern: model-parallel: got 3, allowed: a divisor of the 2 ranks\n"), output);
        assertFalse(output.contains("\tat "), output);
    }

    private static boolean isPresent(final String command) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
