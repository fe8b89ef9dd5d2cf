package dev.tern.ffm;

import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Operation;
import java.util.stream.Stream;

/** What a layer takes where nothing was measured, in the units of {@link CostModel}: its products, then its gates. */
final class LstmCost {
    private static final double FORK_NANOS = 1_000;

    private final CostModel[] products; // of a step
    private final double steps;
    private final double rowNanos; // of the gates of a step

    private LstmCost(final NativeKernel kernel, final int hidden, final double steps, final Gemm... products) {
        this.products = Stream.of(products).map(p -> CostModel.of(kernel, p)).toArray(CostModel[]::new);
        this.steps = steps;
        rowNanos = hidden * cellNanos(kernel.isa());
    }

    static LstmCost of(final NativeKernel kernel, final Lstm lstm) {
        return new LstmCost(kernel, lstm.hidden(), usualSteps(lstm), lstm.input(), lstm.recurrent());
    }

    static LstmCost of(final NativeKernel kernel, final LstmTraining training) {
        return new LstmCost(kernel, training.layer().hidden(), usualSteps(training.layer()), training.product());
    }

    private static double usualSteps(final Operation layer) {
        return layer.a(1).shape().length(0);
    }

    /** Of a run of the usual length on so many threads, which share the batch. */
    double nanos(final long rows, final int threads) {
        final double alone = alone(rows, steps);
        return rows == 1 ? alone : Math.min(alone, alone(Math.ceilDiv(rows, threads), steps) + FORK_NANOS);
    }

    /** Of so many steps on one thread. */
    double alone(final long rows, final double count) {
        double nanos = rowNanos * rows;
        for (final CostModel product : products) {
            nanos += product.alone(rows);
        }
        return count * nanos;
    }

    private static double cellNanos(final Isa isa) {
        return switch (isa) {
            case SCALAR, NEON, DOTPROD, I8MM -> 40;
            case AVX2 -> 3;
            default -> 1.5;
        };
    }
}
