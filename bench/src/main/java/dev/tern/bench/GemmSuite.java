package dev.tern.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** GEMM, all systems side by side. */
final class GemmSuite implements AutoCloseable {

    /** Recurrent and batch-1 layers, MNIST's MLP, squares, BERT's layers, ResNet's as im2col, and two ragged ones. */
    static final List<String> SHAPES = List.of(
            "1x1024x1024",
            "1x4096x4096",
            "16x1024x1024",
            "32x128x784",
            "256x128x784",
            "64x64x64",
            "128x128x128",
            "256x256x256",
            "512x512x512",
            "1024x1024x1024",
            "2048x2048x2048",
            "128x768x768",
            "128x3072x768",
            "128x768x3072",
            "3136x64x576",
            "784x128x1152",
            "196x256x2304",
            "49x512x4608",
            "100x100x100",
            "17x33x65");

    /** A row of activations beside the weights of recurrent layers and of language models, then more rows. */
    static final List<String> LOWBIT_SHAPES = List.of(
            "1x1024x1024",
            "1x2048x2048",
            "1x4096x4096",
            "4x1024x1024",
            "16x1024x1024",
            "64x1024x1024",
            "128x768x768",
            "512x512x512",
            "1024x1024x1024");

    /** One of each kind. */
    static final List<String> QUICK_SHAPES = List.of(
            "1x1024x1024", "256x128x784", "64x64x64", "512x512x512", "128x768x3072", "196x256x2304", "17x33x65");

    static final String SMOKE_SHAPE = "17x33x65";

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
    GemmSuite(final String name, final Results.Method method) {
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
    void measure(final GemmCase gemm) {
        if (isLate()) {
            failures.add(new Failure(gemm.shape(), gemm.type().label(), 0, "all", "the time was up", false));
            return;
        }
        final Truth truth;
        try (Arena arena = Arena.ofShared()) {
            truth = Truth.of(gemm, GemmInputs.random(gemm, arena));
        }
        workers.forEach((threads, running) -> {
            final Block block = new Block(name, gemm, threads, method, peaks.get(threads));
            block.run(contestants(running, gemm.type()), truth);
            rows.addAll(block.rows());
            failures.addAll(block.failures());
        });
    }

    private boolean isLate() {
        return method.limitSeconds() > 0 && System.nanoTime() - begin > method.limitSeconds() * 1_000_000_000L;
    }

    private List<Contestant> contestants(final Map<BenchSystem, WorkerProcess> running, final GemmType type) {
        final List<Contestant> contestants = new ArrayList<>();
        running.forEach((system, worker) -> {
            if (system.takes(type)) {
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
