package dev.tern.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A worker's main loop: one line in, one line out. Answers start with a mark, since libraries write what they like to
 * the same output. The first answer, which nobody asked for, tells whether the worker is ready.
 */
final class CommandLoop {

    static final String OK = "@tern ok ";
    static final String FAILED = "@tern failed ";

    /** Obeys the words of a line; what it throws becomes the answer. */
    interface Handler extends AutoCloseable {
        String obey(String... words) throws IOException;

        @Override
        void close();
    }

    /** Loads what the worker is about. */
    interface Opener {
        Handler open() throws IOException;
    }

    private CommandLoop() {}

    static void serve(final Opener opener) throws IOException {
        Signals.dieWithParent();
        final PrintStream answers = System.out;
        System.setOut(System.err);
        try (Handler handler = opener.open()) {
            answer(answers, OK);
            final BufferedReader commands =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                answer(answers, obey(handler, line));
            }
        } catch (final RuntimeException | LinkageError e) {
            answer(answers, failure(e));
        }
    }

    private static String obey(final Handler handler, final String line) {
        try {
            return OK + handler.obey(line.split(" "));
        } catch (final IOException | RuntimeException | LinkageError e) {
            return failure(e);
        }
    }

    /** The deepest cause says most. */
    private static String failure(final Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        final String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return FAILED + message.replace('\n', ' ');
    }

    private static void answer(final PrintStream answers, final String line) {
        answers.println(line);
        answers.flush();
    }
}
