package dev.tern.bench;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.cli.Json;
import dev.tern.distributed.Communicator;
import dev.tern.distributed.InProcess;
import dev.tern.distributed.Mpi;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mpirun -n 2 scripts/bench allreduce}; without mpirun, ranks are threads. */
@Command(name = "allreduce", description = "Times all-reduces by size, and predicts steps on more machines.")
final class AllReduceCommand implements Callable<Integer> {
    private static final int SMALLEST = 1 << 12;
    private static final int LARGEST = 1 << 24;
    private static final int STEP = 4;
    private static final int MOST_TURNS = 200;
    /** As many turns as move some 512 MB, but no fewer than 15. */
    private static final long BYTES = 1L << 29;

    private static final int FEWEST_TURNS = 15;
    /** Measurements that are not looked at, until the code is compiled and the library has made its connections. */
    private static final int WARM_UP = 10;

    @Option(names = "--ranks", paramLabel = "N", defaultValue = "2", description = "Where no mpirun sets them.")
    private int size;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Of one rank.")
    private int threads;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "Also times its steps, and predicts them on more machines.")
    private String model;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "256", description = "Samples of a rank's step.")
    private int batch;

    @Option(
            names = "--bandwidth",
            paramLabel = "GBIT",
            description = "Of the network, Gbit/s. Default: as measured here.")
    private Double bandwidth;

    @Option(names = "--latency", paramLabel = "US", description = "Of the network. Default: as measured here.")
    private Double latency;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes the steps' figures there.")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (Mpi.isLaunched()) {
            Mpi.run(this::measure);
        } else {
            InProcess.run(size, this::measure);
        }
        return 0;
    }

    private void measure(final Communicator ranks) {
        print(ranks, "%d ranks%n%10s %12s %14s%n", ranks.size(), "bytes", "median, us", "sent, GB/s");
        for (int i = 0; i < WARM_UP; i++) {
            seconds(ranks, SMALLEST);
        }
        double few = 0;
        double many = 0;
        for (int bytes = SMALLEST; bytes <= LARGEST; bytes *= STEP) {
            many = seconds(ranks, bytes);
            few = bytes == SMALLEST ? many : few;
            print(ranks, "%10d %12.1f %14.2f%n", bytes, many * 1e6, StepModel.sent(ranks.size(), bytes) / many / 1e9);
        }
        if (model != null) {
            steps(ranks, StepModel.fit(ranks.size(), SMALLEST, few, LARGEST, many));
        }
    }

    private void steps(final Communicator ranks, final StepModel measured) {
        try (ReplicaSteps steps = new ReplicaSteps(ranks, model, batch, threads)) {
            final StepTimes times = StepTimes.measure(ranks, steps);
            print(
                    ranks,
                    "%n%s, batch %d a rank, %d threads, gradients of %d bytes%n",
                    model,
                    batch,
                    threads,
                    steps.gradientBytes());
            print(
                    ranks,
                    "one rank alone %.2f ms; %d ranks f32 %.2f ms, %.3f x; int8 %.2f ms, %.3f x%n",
                    times.aloneMs(),
                    ranks.size(),
                    times.floatsMs(),
                    times.speedup(),
                    times.int8Ms(),
                    times.int8Speedup());
            predict(ranks, measured, times.aloneMs() / 1e3, steps.gradientBytes());
            if (json != null && ranks.isFirst()) {
                Json.write(Figures.of(times.figures(ranks.size(), model, batch)), json);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The median; all ranks start together, as after a backward pass. */
    private static double seconds(final Communicator ranks, final int bytes) {
        final Tensor sums = Tensor.allocate(DataType.F32, Shape.of(bytes / Float.BYTES));
        final int turns = Math.clamp(BYTES / bytes, FEWEST_TURNS, MOST_TURNS);
        final double[] times = new double[turns];
        for (int turn = -turns / 2; turn < turns; turn++) { // the first ones warm up
            ranks.barrier();
            final long start = System.nanoTime();
            ranks.allReduce(sums);
            times[Math.max(turn, 0)] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(times);
        return times[turns / 2];
    }

    private void predict(
            final Communicator ranks, final StepModel measured, final double compute, final long gradient) {
        final StepModel network = new StepModel(
                bandwidth == null ? measured.bandwidth() : bandwidth * 1e9 / Byte.SIZE,
                latency == null ? measured.latency() : latency / 1e6);
        print(
                ranks,
                "%nmeasured: %.2f Gbit/s, %.1f us a round; predicted with %.2f Gbit/s, %.1f us a round:%n",
                measured.bandwidth() * Byte.SIZE / 1e9,
                measured.latency() * 1e6,
                network.bandwidth() * Byte.SIZE / 1e9,
                network.latency() * 1e6);
        print(
                ranks,
                "%8s %14s %12s %16s %12s%n",
                "nodes",
                "exchange, ms",
                "efficiency",
                "int8: exchange",
                "efficiency");
        for (final int nodes : new int[] {2, 8, 64, 512}) {
            final double quarter = gradient * (256 + Float.BYTES) / (256.0 * Float.BYTES);
            print(
                    ranks,
                    "%8d %14.3f %11.1f%% %16.3f %11.1f%%%n",
                    nodes,
                    network.exchange(nodes, gradient) * 1e3,
                    100 * network.efficiency(nodes, compute, gradient),
                    network.exchange(nodes, quarter) * 1e3,
                    100 * network.efficiency(nodes, compute, quarter));
        }
    }

    private void print(final Communicator ranks, final String format, final Object... values) {
        if (ranks.isFirst()) {
            final PrintWriter out = spec.commandLine().getOut();
            out.printf(Locale.ROOT, format, values);
            out.flush();
        }
    }
}
