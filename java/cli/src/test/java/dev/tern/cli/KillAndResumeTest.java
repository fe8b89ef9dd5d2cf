package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.nn.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command in processes of its own, one of which is killed without warning. */
@Tag("slow")
@Timeout(300)
class KillAndResumeTest {
    private static final String EPOCHS = "6";
    private static final int MOST_SECONDS = 120;

    @TempDir
    private Path folder;

    private List<String> launcher = List.of();

    @ParameterizedTest(name = "mlp {0}")
    @ValueSource(strings = {"", "--data-parallel 2 --compress-gradients int8", "--model-parallel 2"})
    void shouldGoOnToTheSameBits(final String ranks) throws IOException, InterruptedException {
        ended(train(ranks, "--epochs", "1")); // measures kernels, so that the others choose the same
        final Path whole = folder.resolve("whole.safetensors");
        ended(train(ranks, "--epochs", EPOCHS, "--save", whole.toString()));
        final Path checkpoint = folder.resolve("checkpoint.safetensors");
        kill(train(ranks, "--epochs", EPOCHS, "--checkpoint", checkpoint.toString()), checkpoint);
        final int done = Checkpoint.read(checkpoint).epochs().size();
        assertTrue(done >= 1 && done < Integer.parseInt(EPOCHS), done + " epochs");
        final Path resumed = folder.resolve("resumed.safetensors");
        ended(train(ranks, "--epochs", EPOCHS, "--resume", checkpoint.toString(), "--save", resumed.toString()));
        assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(resumed));
    }

    /** One rank is killed, which the others cannot go on without. */
    @ParameterizedTest
    @ValueSource(strings = {"mpirun.openmpi --allow-run-as-root --oversubscribe --bind-to none", "mpirun.mpich"})
    void shouldGoOnAfterARankOfMpiDied(final String mpirun) throws IOException, InterruptedException {
        launcher = List.of((mpirun + " -n 2").split(" "));
        assumeTrue(
                JavaProcess.isOnPath(launcher.getFirst()),
                launcher.getFirst() + " is not on the PATH: see scripts/setup");
        final String ranks = "--threads 1 --compress-gradients int8";
        shouldGoOnToTheSameBits(ranks);
    }

    /** Its output goes to a file that failures show; measurements to one that all of a test share. */
    private Process train(final String ranks, final String... more) throws IOException {
        final List<String> arguments =
                new ArrayList<>(List.of("train", "mlp", "--data", "mnist-sample", "--device", "cpu"));
        arguments.addAll(List.of(more));
        if (!ranks.isEmpty()) {
            arguments.addAll(List.of(ranks.split(" ")));
        }
        final List<String> cache = List.of("-Dtern.cache=" + folder.resolve("cache.json"));
        final List<String> command = JavaProcess.command(launcher, cache, TernCommand.class, arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start();
    }

    private Path output() {
        return folder.resolve("output.txt");
    }

    private void ended(final Process process) throws IOException, InterruptedException {
        assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "does not end");
        assertEquals(0, process.exitValue(), Files.readString(output()));
    }

    /** As soon as there is a checkpoint; the next epoch is under way then, or the next checkpoint. */
    private void kill(final Process process, final Path checkpoint) throws InterruptedException {
        while (!Files.exists(checkpoint) && process.isAlive()) {
            Thread.sleep(1);
        }
        final ProcessHandle last = process.descendants()
                .filter(one -> one.info().command().orElse("").endsWith("java"))
                .reduce(process.toHandle(), (_, later) -> later);
        last.destroyForcibly();
        assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "the others go on");
        assertNotEquals(0, process.exitValue());
    }
}
