package dev.tern.ffm;

import dev.tern.Isa;
import dev.tern.Lstm;

/** What a layer takes where nothing was measured, in the units of {@link CostModel}: its products, then its gates. */
final class LstmCost {
    private static final double FORK_NANOS = 1_000;

    private final CostModel input;
    private final CostModel recurrent;
    private final double steps;
    private final double cellNanos;
    private final int hidden;

    LstmCost(final NativeKernel kernel, final Lstm lstm) {
        input = CostModel.of(kernel, lstm.input());
        recurrent = CostModel.of(kernel, lstm.recurrent());
        hidden = lstm.hidden();
        steps = lstm.a(1).shape().length(0);
        cellNanos = cellNanos(kernel.isa());
    }

    /** Of a run of the usual length on so many threads, which share the batch. */
    double nanos(final long rows, final int threads) {
        final double alone = alone(rows, steps);
        return rows == 1 ? alone : Math.min(alone, alone(Math.ceilDiv(rows, threads), steps) + FORK_NANOS);
    }

    /** Of so many steps on one thread. */
    double alone(final long rows, final double count) {
        return count * (input.alone(rows) + recurrent.alone(rows) + cellNanos * hidden * rows);
    }

    private static double cellNanos(final Isa isa) {
        return switch (isa) {
            case SCALAR, NEON, DOTPROD, I8MM -> 40;
            case AVX2 -> 3;
            default -> 1.5;
        };
    }
}
