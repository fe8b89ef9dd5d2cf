package dev.tern.bench;

import dev.tern.distributed.BucketedExchange;
import dev.tern.distributed.Communicator;
import dev.tern.distributed.Compression;
import dev.tern.nn.GradientExchange;
import java.util.Arrays;
import java.util.List;

/**
 * Steps of one rank alone, and of all, taken in turns: medians, and the medians of the ratios within a turn.
 *
 * @param speedup how many times as many samples all ranks train with as one
 * @param bytesShare of what gradients in F32 take, that those in int8 do
 */
record StepTimes(
        double aloneMs, double floatsMs, double int8Ms, double speedup, double int8Speedup, double bytesShare) {
    private static final int TURNS = 15;
    private static final double LEAST_SPEEDUP = 1.85; // of two ranks
    private static final double MOST_BYTES = 27; // per cent

    /** All ranks call it; the first has the times. */
    static StepTimes measure(final Communicator ranks, final ReplicaSteps steps) {
        final BucketedExchange plain = steps.exchange(Compression.NONE);
        final BucketedExchange compressed = steps.exchange(Compression.INT8);
        final double[] alone = new double[TURNS];
        final double[] floats = new double[TURNS];
        final double[] int8 = new double[TURNS];
        for (int turn = -1; turn < TURNS; turn++) { // the first one warms up
            final int at = Math.max(turn, 0);
            if (ranks.isFirst()) {
                alone[at] = 1e3 * steps.seconds(GradientExchange.NONE);
            }
            ranks.barrier();
            floats[at] = 1e3 * steps.seconds(plain);
            int8[at] = 1e3 * steps.seconds(compressed);
            ranks.barrier();
        }
        return new StepTimes(
                median(alone),
                median(floats),
                median(int8),
                ranks.size() * medianRatio(alone, floats),
                ranks.size() * medianRatio(alone, int8),
                compressed.bytesPerStep() / (double) plain.bytesPerStep());
    }

    private static double median(final double[] values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double medianRatio(final double[] over, final double[] under) {
        return Turns.median(over.length, turn -> over[turn] / under[turn]);
    }

    List<Figure> figures(final int ranks, final String model, final int batch) {
        final String name = model + "-ranks";
        final String what = "%d ranks of one thread over one, %s at batch %d a rank, ".formatted(ranks, model, batch);
        return List.of(
                Figure.atLeast(name, what + "samples/s", LEAST_SPEEDUP * ranks / 2, speedup),
                Figure.atLeast(name, what + "int8 gradients", LEAST_SPEEDUP * ranks / 2, int8Speedup),
                Figure.atMost(name, "bytes of int8 gradients, % of F32", MOST_BYTES, 100 * bytesShare));
    }
}
