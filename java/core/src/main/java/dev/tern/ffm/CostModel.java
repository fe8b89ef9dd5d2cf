package dev.tern.ffm;

import dev.tern.Gemm;
import dev.tern.Isa;

/**
 * What a kernel takes for a GEMM where nothing was measured. The rates are those of one core at 3 GHz; only their
 * ratios matter, between kernels and to the other backends.
 */
final class CostModel {
    private static final double CALL_NANOS = 80;
    private static final double FORK_NANOS = 1_000;
    private static final double PACKED_BYTES_PER_NANO = 20;

    private final int tileRows;
    private final double rowNanos;
    private final double weightsNanos;

    CostModel(final NativeKernel kernel, final Gemm gemm) {
        final double columns = Math.ceilDiv(gemm.n(), kernel.columns()) * (double) kernel.columns();
        final double weights = columns * gemm.k();
        tileRows = kernel.rows();
        rowNanos = 2 * weights / operationsPerNano(kernel);
        weightsNanos = weights * (kernel.integer() ? 1 : Float.BYTES) / PACKED_BYTES_PER_NANO;
    }

    /** One run on so many threads. */
    double nanos(final long rows, final int threads) {
        return CALL_NANOS + Math.min(alone(rows), alone(rows) / threads + FORK_NANOS);
    }

    /** On one thread: whole register tiles of arithmetic, or reading the weights, whichever takes longer. */
    double alone(final long rows) {
        return Math.max(rowNanos * Math.ceilDiv(rows, tileRows) * tileRows, weightsNanos);
    }

    private static double operationsPerNano(final NativeKernel kernel) {
        final Isa isa = kernel.isa();
        return kernel.integer() ? integerOperationsPerNano(isa) : floatOperationsPerNano(isa);
    }

    private static double integerOperationsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> 2;
            case AVX2, NEON -> 80;
            case AVX512, DOTPROD -> 160;
            case I8MM -> 300;
            case AVX512VNNI, AVX512BF16, AVX512VPOPCNTDQ -> 400;
            case AMXINT8 -> 1_500;
        };
    }

    private static double floatOperationsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> 1.5;
            case NEON, DOTPROD, I8MM -> 40;
            case AVX2 -> 50;
            case AVX512, AVX512VNNI, AVX512BF16, AVX512VPOPCNTDQ, AMXINT8 -> 100;
        };
    }
}
