package dev.tern.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A worker as its parent has it: stopped except while it answers. */
final class WorkerProcess implements Line, AutoCloseable {

    private static final long EXIT_SECONDS = 10;

    private final Process process;
    private final PrintWriter commands;
    private final BufferedReader answers;
    private final Thread reaper;

    /** Runs {@code main} in a JVM with the flags and the class path of this one, until it is ready. */
    WorkerProcess(final Class<?> main, final Map<String, String> environment, final String... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("--sun-misc-unsafe-memory-access=allow"); // protobuf's, of which the JVM would warn
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        try {
            this.process = builder.start();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::forwardErrors);
        this.reaper = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(reaper);
        try {
            answer();
        } catch (final Refusal e) {
            close();
            throw e;
        }
    }

    /** Lets the process run until it has answered. */
    @Override
    public String ask(final String command) {
        Signals.resume(process);
        commands.println(command);
        return answer();
    }

    /** All but the JVM's remark, one for each process, that the incubator module was asked for. */
    private void forwardErrors() {
        process.errorReader(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .forEach(System.err::println);
    }

    private String answer() {
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(CommandLoop.OK)) {
                    return line.substring(CommandLoop.OK.length());
                }
                if (line.startsWith(CommandLoop.FAILED)) {
                    throw new Refusal(line.substring(CommandLoop.FAILED.length()));
                }
            }
            throw new Refusal("the process ended");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (process.isAlive()) {
                Signals.stop(process);
            }
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            Signals.resume(process);
        }
        commands.close();
        try {
            if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Runtime.getRuntime().removeShutdownHook(reaper);
            answers.close();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
