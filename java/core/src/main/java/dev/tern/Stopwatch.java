package dev.tern;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Times executables against each other on random operands: each is run until its time has settled, which for Java
 * kernels takes as long as the compiler does, then all in turn, so that drift of the machine hits all alike.
 */
final class Stopwatch {
    private static final long SLICE_NANOS = 2_000_000;
    private static final long WARM_UP_NANOS = 400_000_000;
    private static final double SETTLED = 1.03;
    private static final int SETTLED_SLICES = 40;
    private static final int ALTERNATIONS = 7;

    private final Tensor a;
    private final Tensor b;
    private final Tensor y;

    Stopwatch(final Operation operation, final boolean packed, final long rows) {
        final Gemm gemm = switch (operation) {
            case final Gemm g -> g;
        };
        final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        final boolean transposedA = gemm.layout().transposesA();
        final Shape shapeA = transposedA ? Shape.of(gemm.k(), rows) : Shape.of(rows, gemm.k());
        a = Tensor.random(gemm.aType(), shapeA, random);
        final Shape shapeB = gemm.layout().transposesB() ? Shape.of(gemm.n(), gemm.k()) : Shape.of(gemm.k(), gemm.n());
        b = packed ? null : Tensor.random(gemm.bType(), shapeB, random);
        y = Tensor.allocate(gemm.yType(), Shape.of(rows, gemm.n()));
    }

    /** Median nanoseconds of one run of each. */
    double[] medians(final List<Executable> executables) {
        final int count = executables.size();
        final double[][] times = new double[count][ALTERNATIONS];
        executables.forEach(this::warmUp);
        for (int turn = 0; turn < ALTERNATIONS; turn++) {
            for (int i = 0; i < count; i++) {
                times[i][turn] = slice(executables.get(i));
            }
        }
        return Arrays.stream(times).mapToDouble(Stopwatch::median).toArray();
    }

    private void warmUp(final Executable executable) {
        final long start = System.nanoTime();
        double best = Double.MAX_VALUE;
        int settled = 0;
        while (settled < SETTLED_SLICES && System.nanoTime() - start < WARM_UP_NANOS) {
            final double time = slice(executable);
            settled = time * SETTLED < best ? 0 : settled + 1;
            best = Math.min(best, time);
        }
    }

    /** Nanoseconds of one run, over as many as fill a slice. */
    private double slice(final Executable executable) {
        final long start = System.nanoTime();
        long runs = 0;
        long elapsed;
        do {
            executable.run(a, b, y);
            runs++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < SLICE_NANOS);
        return (double) elapsed / runs;
    }

    private static double median(final double[] times) {
        Arrays.sort(times);
        return times[times.length / 2];
    }
}
