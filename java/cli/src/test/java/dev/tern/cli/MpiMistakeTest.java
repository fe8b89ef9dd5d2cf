package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under mpirun a user's mistake is told in a line, as it is without, and ends the job. */
@Timeout(120)
class MpiMistakeTest {

    @ParameterizedTest
    @ValueSource(strings = {"mpirun.openmpi --allow-run-as-root --oversubscribe", "mpirun.mpich"})
    void shouldBeToldInOneLine(final String mpirun) throws IOException, InterruptedException {
        final List<String> launcher = List.of((mpirun + " -n 2").split(" "));
        assumeTrue(JavaProcess.isOnPath(launcher.getFirst()), launcher + " is not on the PATH: see scripts/setup");
        final List<String> mistake = List.of("train", "mlp", "--data", "mnist-sample", "--model-parallel", "3");
        final List<String> command = JavaProcess.command(launcher, List.of(), TernCommand.class, mistake);
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), output);
        assertTrue(output.contains("tern: model-parallel: got 3, allowed: a divisor of the 2 ranks\n"), output);
        assertFalse(output.contains("\tat "), output);
    }
}
