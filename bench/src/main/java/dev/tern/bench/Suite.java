package dev.tern.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Problems, all systems side by side. */
final class Suite implements AutoCloseable {

    static final Results.Method METHOD = new Results.Method(15, 12, 0.05, 1, 20, 0);
    static final Results.Method QUICK_METHOD = new Results.Method(7, 8, 0.05, 0, 10, 270);
    /** Nothing is learned from its times; it shows that every system runs and is right. */
    static final Results.Method SMOKE_METHOD = new Results.Method(1, 1, Double.MAX_VALUE, 0, 0, 0);

    private final String name;
    private final Results.Method method;
    private final long begin = System.nanoTime();
    private final Map<Integer, Peaks> peaks = new TreeMap<>();
    private final Map<Integer, Map<BenchSystem, WorkerProcess>> workers = new TreeMap<>();
    private final List<Peaks.Reading> readings = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();

    /** @param name what rows of the results have as their suite */
    Suite(final String name, final Results.Method method) {
        this.name = name;
        this.method = method;
    }

    /** Starts a process for each system and each number of threads; one that cannot start is a failure, not an end. */
    void start(final List<BenchSystem> systems, final List<Integer> threadCounts) {
        for (final int threads : threadCounts) {
            peaks.put(threads, Peaks.of(threads));
            final Map<BenchSystem, WorkerProcess> running = new LinkedHashMap<>();
            for (final BenchSystem system : systems) {
                try {
                    running.put(system, Worker.start(system, threads));
                } catch (final Line.Refusal e) {
                    failures.add(new Failure("", "", threads, system.label(), e.getMessage(), false));
                }
            }
            workers.put(threads, running);
        }
    }

    /** One problem, on each number of threads; past the limit, its absence. */
    void measure(final BenchCase problem) {
        if (isLate()) {
            failures.add(new Failure(problem.shape(), problem.type().label(), 0, "all", "the time was up", false));
            return;
        }
        final Truth truth;
        try (Arena arena = Arena.ofShared()) {
            truth = Truth.of(problem, Inputs.random(problem, arena));
        }
        workers.forEach((threads, running) -> {
            final Block block = new Block(name, problem, threads, method, peaks.get(threads));
            block.run(contestants(running, problem), truth);
            rows.addAll(block.rows());
            failures.addAll(block.failures());
        });
    }

    private boolean isLate() {
        return method.limitSeconds() > 0 && System.nanoTime() - begin > method.limitSeconds() * 1_000_000_000L;
    }

    private List<Contestant> contestants(final Map<BenchSystem, WorkerProcess> running, final BenchCase problem) {
        final List<Contestant> contestants = new ArrayList<>();
        running.forEach((system, worker) -> {
            if (system.takes(problem)) {
                contestants.add(new Contestant(system, worker, method.alternations()));
            }
        });
        return contestants;
    }

    /** Keeps a reading of every peak, for the beginning and the end of the run. */
    void readPeaks() {
        for (final Peaks of : peaks.values()) {
            readings.add(of.all(GemmType.F32));
            readings.add(of.all(GemmType.U8S8S32));
            readings.add(of.all(GemmType.B1B1S32));
        }
    }

    Results results(final JsonNode machine, final String commit) {
        return new Results(machine, commit, method, readings, rows, Summary.of(rows), failures);
    }

    @Override
    public void close() {
        workers.values().forEach(running -> running.values().forEach(WorkerProcess::close));
        peaks.values().forEach(Peaks::close);
    }
}
