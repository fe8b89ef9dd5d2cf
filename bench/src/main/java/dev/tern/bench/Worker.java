package dev.tern.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * The process that runs one system.
 *
 * <pre>
 *   prepare OP TYPE SHAPE -> the kernel that was chosen
 *   output FILE           -> runs once and writes y to the file
 *   warm WINDOWS          -> runs until the times settle, for so many windows at most
 *   time NANOS            -> median, min, runs
 *   release               -> frees the problem
 * </pre>
 */
final class Worker implements CommandLoop.Handler {

    private final BenchSystem.Session session;
    private final Stopwatch stopwatch = new Stopwatch();
    private Arena arena;
    private Prepared prepared;

    private Worker(final BenchSystem.Session session) {
        this.session = session;
    }

    /** Label of the system, number of threads. */
    public static void main(final String[] arguments) throws IOException {
        CommandLoop.serve(() -> new Worker(BenchSystems.named(arguments[0]).open(Integer.parseInt(arguments[1]))));
    }

    static WorkerProcess start(final BenchSystem system, final int threads) {
        return new WorkerProcess(Worker.class, system.environment(threads), system.label(), Integer.toString(threads));
    }

    @Override
    public String obey(final String... words) throws IOException {
        return switch (words[0]) {
            case "prepare" -> prepare(BenchCase.of(words[1], words[2], words[3]));
            case "output" -> output(Path.of(words[1]));
            case "warm" -> warm(Integer.parseInt(words[1]));
            case "time" -> time(Long.parseLong(words[1]));
            case "release" -> release();
            default -> throw new IllegalArgumentException("command: unknown \"" + words[0] + "\"");
        };
    }

    private String prepare(final BenchCase problem) {
        release();
        arena = Arena.ofShared();
        prepared = session.prepare(problem, Inputs.random(problem, arena));
        return prepared.kernel();
    }

    private String output(final Path file) throws IOException {
        prepared.run();
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(prepared.output().asByteBuffer());
        }
        return "";
    }

    private String warm(final int windows) {
        stopwatch.warm(prepared::run, windows);
        return "";
    }

    private String time(final long nanos) {
        final Stopwatch.Window window = stopwatch.time(prepared::run, nanos);
        return String.format(Locale.ROOT, "%.1f %.1f %d", window.median(), window.min(), window.runs());
    }

    private String release() {
        if (prepared != null) {
            prepared.close();
            prepared = null;
        }
        if (arena != null) {
            arena.close();
            arena = null;
        }
        return "";
    }

    @Override
    public void close() {
        release();
        session.close();
    }
}
