package dev.tern;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Times executables against each other on random operands: each runs until its time has settled, which for Java kernels
 * takes as long as the compiler does, then all in turn, so that drift of the machine hits all alike.
 *
 * <p>Slices are far shorter than a scheduler's: on a busy machine most of them are then undisturbed, and the median is
 * one of those.
 */
final class Stopwatch {
    private static final long SLICE_NANOS = 200_000;
    private static final long WARM_UP_LEAST_NANOS = 100_000_000;
    private static final long WARM_UP_MOST_NANOS = 1_000_000_000;
    private static final long SETTLED_NANOS = 60_000_000; // without a better time
    private static final double BETTER = 0.97;
    private static final int TURNS = 31;
    private static final int TURNS_OF_THE_HOPELESS = 3;
    private static final double HOPELESS = 4; // times the fastest

    private final Tensor a;
    private final Tensor b;
    private final Tensor y;

    Stopwatch(final Operation operation, final boolean packed, final long rows) {
        final Gemm gemm = switch (operation) {
            case final Gemm g -> g;
        };
        final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        final Shape shapeA = gemm.layout().transposesA() ? Shape.of(gemm.k(), rows) : Shape.of(rows, gemm.k());
        final Shape shapeB = gemm.layout().transposesB() ? Shape.of(gemm.n(), gemm.k()) : Shape.of(gemm.k(), gemm.n());
        a = Tensor.random(gemm.aType(), shapeA, random);
        b = packed ? null : Tensor.random(gemm.bType(), shapeB, random);
        y = Tensor.allocate(gemm.yType(), Shape.of(rows, gemm.n()));
    }

    /** Median nanoseconds of one run of each. */
    double[] medians(final List<Executable> executables) {
        final double[] best = executables.stream().mapToDouble(this::warmUp).toArray();
        final double fastest = Arrays.stream(best).min().orElse(0);
        final double[][] times = new double[best.length][];
        for (int i = 0; i < best.length; i++) {
            times[i] = new double[best[i] > HOPELESS * fastest ? TURNS_OF_THE_HOPELESS : TURNS];
        }
        for (int turn = 0; turn < TURNS; turn++) {
            for (int i = 0; i < times.length; i++) {
                if (turn < times[i].length) {
                    times[i][turn] = slice(executables.get(i));
                }
            }
        }
        return Arrays.stream(times).mapToDouble(Stopwatch::median).toArray();
    }

    /** The best time of one run that was seen. */
    private double warmUp(final Executable executable) {
        final long start = System.nanoTime();
        double best = Double.MAX_VALUE;
        long improved = start;
        long now = start;
        while (now - start < WARM_UP_MOST_NANOS
                && (now - start < WARM_UP_LEAST_NANOS || now - improved < SETTLED_NANOS)) {
            final double time = slice(executable);
            now = System.nanoTime();
            improved = time < BETTER * best ? now : improved;
            best = Math.min(best, time);
        }
        return best;
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
