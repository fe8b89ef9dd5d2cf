package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerProcessTest {

    /**
     * A worker that talks beside the point, as native libraries do, and spins between commands as a thread pool does.
     */
    static final class Spinner implements CommandLoop.Handler {
        private volatile boolean closed;

        public static void main(final String[] arguments) throws IOException {
            CommandLoop.serve(() -> {
                if (arguments.length > 0) {
                    throw new IllegalStateException(arguments[0]);
                }
                return new Spinner();
            });
        }

        private Spinner() {
            Thread.ofPlatform().daemon().start(() -> {
                while (!closed) {
                    Thread.onSpinWait();
                }
            });
        }

        @Override
        public String obey(final String... words) throws IOException {
            new FileOutputStream(FileDescriptor.out).write("chatter\n".getBytes(StandardCharsets.UTF_8));
            if (words[0].equals("fail")) {
                throw new IllegalArgumentException("told to");
            }
            return words[0].equals("pid")
                    ? Long.toString(ProcessHandle.current().pid())
                    : System.getenv(words[0]);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void shouldBeStoppedExceptWhileItAnswers() throws IOException, InterruptedException {
        try (WorkerProcess worker = new WorkerProcess(Spinner.class, Map.of())) {
            final String pid = worker.ask("pid");
            assertEquals('T', stateOf(pid));
            final long ticks = cpuTicks(pid);
            Thread.sleep(100);
            assertEquals(ticks, cpuTicks(pid));
            assertEquals(pid, worker.ask("pid"));
        }
    }

    @Test
    void shouldRunInTheEnvironmentItWasGiven() {
        try (WorkerProcess worker = new WorkerProcess(Spinner.class, Map.of("OMP_NUM_THREADS", "7"))) {
            assertEquals("7", worker.ask("OMP_NUM_THREADS"));
        }
    }

    @Test
    void shouldPassOnWhyACommandFailedAndGoOn() {
        try (WorkerProcess worker = new WorkerProcess(Spinner.class, Map.of())) {
            final var refusal = assertThrows(Line.Refusal.class, () -> worker.ask("fail"));
            assertEquals("told to", refusal.getMessage());
            assertFalse(worker.ask("pid").isEmpty());
        }
    }

    @Test
    void shouldPassOnWhyItCouldNotStart() {
        final var refusal =
                assertThrows(Line.Refusal.class, () -> new WorkerProcess(Spinner.class, Map.of(), "no library"));
        assertEquals("no library", refusal.getMessage());
    }

    @Test
    void shouldEndWithItsOwner() throws IOException, InterruptedException {
        final String pid;
        try (WorkerProcess worker = new WorkerProcess(Spinner.class, Map.of())) {
            pid = worker.ask("pid");
        }
        assertTrue(ProcessHandle.of(Long.parseLong(pid)).isEmpty());
    }

    private static char stateOf(final String pid) throws IOException {
        return statOf(pid)[0].charAt(0);
    }

    private static long cpuTicks(final String pid) throws IOException {
        return Long.parseLong(statOf(pid)[11]) + Long.parseLong(statOf(pid)[12]);
    }

    /** The fields of /proc/PID/stat from the state on; the name before it may hold spaces. */
    private static String[] statOf(final String pid) throws IOException {
        final String stat = Files.readString(Path.of("/proc", pid, "stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }
}
