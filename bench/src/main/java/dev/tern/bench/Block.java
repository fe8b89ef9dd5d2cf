package dev.tern.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * One problem on one number of threads: all systems are checked, warmed, and then timed in turn, between two readings
 * of the instruction peak. When the peak has moved, the whole block is timed again; the steadiest try counts.
 */
final class Block {

    private static final class WrongOutput extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongOutput(final String message) {
            super(message);
        }
    }

    private final String suite;
    private final BenchCase problem;
    private final int threads;
    private final Results.Method method;
    private final PeakMeter peaks;
    private final List<Row> rows = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    Block(
            final String suite,
            final BenchCase problem,
            final int threads,
            final Results.Method method,
            final PeakMeter peaks) {
        this.suite = suite;
        this.problem = problem;
        this.threads = threads;
        this.method = method;
        this.peaks = peaks;
    }

    List<Row> rows() {
        return rows;
    }

    List<Failure> failures() {
        return failures;
    }

    void run(final List<Contestant> contestants, final Truth truth) {
        final List<Contestant> ready = new ArrayList<>(contestants);
        each(ready, contestant -> contestant.prepare(problem));
        each(ready, contestant -> check(contestant, truth));
        each(ready, contestant -> contestant.warm(method.warmUps()));
        double least = Double.POSITIVE_INFINITY;
        for (int attempt = 0; attempt <= method.repeats() && least > method.driftBound(); attempt++) {
            least = Math.min(least, attempt(ready, least));
        }
        each(ready, Contestant::release);
    }

    /** Who cannot take a step takes no more. */
    private void each(final List<Contestant> ready, final Consumer<Contestant> step) {
        ready.removeIf(contestant -> {
            try {
                step.accept(contestant);
                return false;
            } catch (final Line.Refusal e) {
                failures.add(failure(contestant, e.getMessage(), false));
            } catch (final WrongOutput e) {
                failures.add(failure(contestant, e.getMessage(), true));
            }
            return true;
        });
    }

    private Failure failure(final Contestant contestant, final String reason, final boolean wrong) {
        return new Failure(problem.shape(), problem.type().label(), threads, contestant.system.label(), reason, wrong);
    }

    /** Before anything is timed: a wrong answer has no speed. */
    private void check(final Contestant contestant, final Truth truth) {
        final OptionalLong wrong = firstWrong(contestant, truth);
        if (wrong.isPresent()) {
            throw new WrongOutput("y[" + wrong.getAsLong() + "] is wrong");
        }
    }

    private OptionalLong firstWrong(final Contestant contestant, final Truth truth) {
        try {
            final Path file = Files.createTempFile("tern-bench", ".y");
            try (Arena arena = Arena.ofShared();
                    FileChannel channel = FileChannel.open(file)) {
                contestant.output(file);
                final MemorySegment y = channel.map(FileChannel.MapMode.READ_ONLY, 0, problem.bytesY(), arena);
                return truth.firstWrong(y, contestant.system.rounding());
            } finally {
                Files.delete(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Times all in turn; its rows replace those of a less steady attempt. Returns how far the peak moved. */
    private double attempt(final List<Contestant> ready, final double least) {
        final Peaks.Reading before = peaks.all(problem.type());
        final List<Peaks.Reading> readings = new ArrayList<>();
        ready.forEach(Contestant::restart);
        for (int turn = 0; turn < method.alternations(); turn++) {
            each(ready, contestant -> contestant.takeTurn(method.windowMs() * 1_000_000));
            readings.add(peaks.near(problem.type(), problem.bytesMoved()));
        }
        final Peaks.Reading after = peaks.all(problem.type());
        final double drift = before.drift(after);
        if (drift < least) {
            rows.clear();
            final Double read = before.meanRead(after);
            ready.forEach(contestant -> rows.add(row(contestant, readings, read, drift > method.driftBound())));
        }
        return drift;
    }

    private Row row(
            final Contestant contestant,
            final List<Peaks.Reading> readings,
            final Double readGigabytesPerS,
            final boolean drifted) {
        final double median = contestant.median();
        final List<Double> turns = contestant.turns();
        final String instruction = readings.get(0)
                .instruction(problem.type(), contestant.system.usesTiles(contestant.kernel()))
                .orElse(null);
        final long operations = problem.operations();
        final long bytes = problem.bytesMoved();
        return new Row(
                suite,
                problem.op(),
                problem.shape(),
                problem.type().label(),
                threads,
                contestant.system.name(),
                contestant.system.backend(),
                contestant.kernel(),
                contestant.system.clamp(),
                turns,
                median,
                contestant.min(),
                contestant.spread(),
                operations / median,
                instruction,
                perTurn(instruction, readings, (turn, rate) -> rate),
                perTurn(instruction, readings, (turn, rate) -> 100 * operations / turns.get(turn) / rate),
                problem.items() * 1e9 / median,
                bytes,
                bytes / median,
                readGigabytesPerS,
                perTurn(instruction, readings, (turn, rate) -> near(readings, turn)),
                perTurn(
                        instruction,
                        readings,
                        (turn, rate) ->
                                100 * Math.max(operations / rate, bytes / near(readings, turn)) / turns.get(turn)),
                drifted);
    }

    /** What a turn has, at the rate of an instruction in it. */
    private interface OfTurn {
        double at(int turn, double rate);
    }

    /** The median of the turns; null where nobody measured the instruction. */
    private static Double perTurn(final String instruction, final List<Peaks.Reading> readings, final OfTurn value) {
        return instruction == null
                ? null
                : Turns.median(
                        readings.size(),
                        turn -> value.at(turn, readings.get(turn).gops().get(instruction)));
    }

    private static double near(final List<Peaks.Reading> readings, final int turn) {
        return readings.get(turn).readGigabytesPerS();
    }
}
