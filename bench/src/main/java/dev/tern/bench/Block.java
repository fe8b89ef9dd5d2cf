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

/**
 * One problem on one number of threads: all systems are checked, warmed, and then timed in turn, between two readings
 * of the instruction peak. When the peak has moved, the whole block is timed again; the steadiest try counts.
 */
final class Block {

    private final GemmCase gemm;
    private final int threads;
    private final Results.Method method;
    private final Peaks peaks;
    private final List<Row> rows = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    Block(final GemmCase gemm, final int threads, final Results.Method method, final Peaks peaks) {
        this.gemm = gemm;
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
        final List<Contestant> ready = new ArrayList<>();
        for (final Contestant contestant : contestants) {
            if (prepared(contestant, truth)) {
                ready.add(contestant);
            }
        }
        ready.forEach(contestant -> contestant.warm(method.warmUps()));
        double least = Double.POSITIVE_INFINITY;
        for (int attempt = 0; attempt <= method.repeats() && least > method.driftBound(); attempt++) {
            least = Math.min(least, attempt(ready, least));
        }
        ready.forEach(Contestant::release);
    }

    /** Checks the output before anything is timed: a wrong answer has no speed. */
    private boolean prepared(final Contestant contestant, final Truth truth) {
        try {
            contestant.prepare(gemm);
            final OptionalLong wrong = firstWrong(contestant, truth);
            if (wrong.isEmpty()) {
                return true;
            }
            fail(contestant, "y[" + wrong.getAsLong() + "] is wrong", true);
        } catch (final WorkerProcess.Refusal e) {
            fail(contestant, e.getMessage(), false);
        }
        return false;
    }

    private OptionalLong firstWrong(final Contestant contestant, final Truth truth) {
        try {
            final Path file = Files.createTempFile("tern-bench", ".y");
            try (Arena arena = Arena.ofShared();
                    FileChannel channel = FileChannel.open(file)) {
                contestant.output(file);
                final MemorySegment y = channel.map(FileChannel.MapMode.READ_ONLY, 0, gemm.bytesY(), arena);
                return truth.firstWrong(y);
            } finally {
                Files.delete(file);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fail(final Contestant contestant, final String reason, final boolean wrong) {
        failures.add(new Failure(gemm.shape(), gemm.type().label(), threads, contestant.system.label(), reason, wrong));
    }

    /** Times all in turn; its rows replace those of a less steady attempt. Returns how far the peak moved. */
    private double attempt(final List<Contestant> contestants, final double least) {
        final Peaks.Reading before = peaks.measure(gemm.type());
        contestants.forEach(Contestant::restart);
        for (int turn = 0; turn < method.alternations(); turn++) {
            contestants.forEach(contestant -> contestant.takeTurn(method.windowMs() * 1_000_000));
        }
        final Peaks.Reading after = peaks.measure(gemm.type());
        final double drift = before.drift(after);
        if (drift < least) {
            rows.clear();
            contestants.forEach(
                    contestant -> rows.add(row(contestant, before.mean(after), drift > method.driftBound())));
        }
        return drift;
    }

    private Row row(final Contestant contestant, final Peaks.Reading peak, final boolean drifted) {
        final double median = contestant.median();
        final Double gops = gemm.operations() / median;
        final String instruction = peak.instruction(gemm.type(), contestant.system.usesTiles(contestant.kernel()))
                .orElse(null);
        final Double peakGops = instruction == null ? null : peak.gops().get(instruction);
        return new Row(
                "gemm",
                "gemm",
                gemm.shape(),
                gemm.type().label(),
                threads,
                contestant.system.name(),
                contestant.system.backend(),
                contestant.kernel(),
                contestant.system.clamp(),
                median,
                contestant.min(),
                contestant.spread(),
                gops,
                instruction,
                peakGops,
                peakGops == null ? null : 100 * gops / peakGops,
                gemm.m() * 1e9 / median,
                gemm.bytesMoved(),
                gemm.bytesMoved() / median,
                peak.readGigabytesPerS(),
                drifted);
    }
}
