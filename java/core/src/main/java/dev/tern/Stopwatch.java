package dev.tern;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Times things against each other: each runs until its time has settled, which for Java kernels takes as long as the
 * compiler does, then all in turn, so that drift of the machine hits all alike.
 *
 * <p>Slices are far shorter than a scheduler's: on a busy machine many of them are then undisturbed. Whatever disturbs
 * one makes it longer, so the lower quartile stands for all, which is undisturbed where a quarter of them are. Before
 * each slice the threads of the one before get time to park.
 */
public final class Stopwatch {
    private static final long SLICE_NANOS = 200_000;
    private static final long PAUSE_NANOS = 100_000;
    private static final long WARM_UP_MOST_NANOS = 6_000_000_000L;
    private static final int WARM_UP_LEAST_SLICES = 30; // a run in the interpreter may take half a second
    private static final long SETTLED_NANOS = 200_000_000; // without a better time: compilation may be queued for long
    private static final double BETTER = 0.97;
    private static final int TURNS = 31;
    private static final int TURNS_OF_THE_HOPELESS = 3;
    private static final double HOPELESS = 4; // times the fastest

    private Stopwatch() {}

    /** Nanoseconds of one run of each, the lower quartile of its turns; those far behind get fewer turns. */
    public static double[] nanos(final List<? extends Runnable> contenders) {
        final double[] best = contenders.stream().mapToDouble(Stopwatch::warmUp).toArray();
        final double fastest = Arrays.stream(best).min().orElse(0);
        final double[][] times = new double[best.length][];
        for (int i = 0; i < best.length; i++) {
            times[i] = new double[best[i] > HOPELESS * fastest ? TURNS_OF_THE_HOPELESS : TURNS];
        }
        for (int turn = 0; turn < TURNS; turn++) {
            for (int i = 0; i < times.length; i++) {
                if (turn < times[i].length) {
                    times[i][turn] = turn(contenders.get(i));
                }
            }
        }
        return Arrays.stream(times).mapToDouble(Stopwatch::lowerQuartile).toArray();
    }

    /** The best time of one run that was seen. */
    private static double warmUp(final Runnable contender) {
        final long start = System.nanoTime();
        double best = Double.MAX_VALUE;
        long improved = start;
        long now = start;
        int slices = 0;
        while (now - start < WARM_UP_MOST_NANOS && (slices < WARM_UP_LEAST_SLICES || now - improved < SETTLED_NANOS)) {
            final double time = slice(contender);
            now = System.nanoTime();
            improved = time < BETTER * best ? now : improved;
            best = Math.min(best, time);
            slices++;
        }
        return best;
    }

    /** A slice on a machine that has come to rest, and with this contender's threads awake. */
    private static double turn(final Runnable contender) {
        LockSupport.parkNanos(PAUSE_NANOS);
        contender.run();
        return slice(contender);
    }

    /** Nanoseconds of one run, over as many as fill a slice. */
    private static double slice(final Runnable contender) {
        final long start = System.nanoTime();
        long runs = 0;
        long elapsed;
        do {
            contender.run();
            runs++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < SLICE_NANOS);
        return (double) elapsed / runs;
    }

    private static double lowerQuartile(final double[] times) {
        Arrays.sort(times);
        return times[times.length / 4];
    }
}
