package dev.tern.ffm;

import dev.tern.Gemm;
import dev.tern.Isa;

/**
 * What a run takes where nothing was measured. The rates are those of one core at 3 GHz; only their ratios matter,
 * between kernels and to the other backends.
 */
final class CostModel {
    private static final double CALL_NANOS = 80;
    private static final double FORK_NANOS = 1_000;
    private static final double PACKED_BYTES_PER_NANO = 20;

    private CostModel() {}

    static double nanos(final NativeKernel kernel, final Gemm gemm, final long rows, final int threads) {
        final double alone = multiplyNanos(kernel, gemm, rows);
        return CALL_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    /** On one thread: whole register tiles of arithmetic, or reading the weights, whichever takes longer. */
    static double multiplyNanos(final NativeKernel kernel, final Gemm gemm, final long rows) {
        final double paddedRows = Math.ceilDiv(rows, kernel.rows()) * (double) kernel.rows();
        final double paddedColumns = Math.ceilDiv(gemm.n(), kernel.columns()) * (double) kernel.columns();
        final double arithmetic = 2 * paddedRows * paddedColumns * gemm.k() / operationsPerNano(kernel);
        final double weightBytes = paddedColumns * gemm.k() * (kernel.integer() ? 1 : Float.BYTES);
        return Math.max(arithmetic, weightBytes / PACKED_BYTES_PER_NANO);
    }

    private static double operationsPerNano(final NativeKernel kernel) {
        final Isa isa = kernel.isa();
        return kernel.integer()
                ? switch (isa) {
                    case SCALAR -> 2;
                    case AVX2, NEON -> 80;
                    case DOTPROD -> 160;
                    case AVX512 -> 160;
                    case I8MM -> 300;
                    case AVX512VNNI, AVX512BF16, AVX512VPOPCNTDQ -> 400;
                    case AMXINT8 -> 1_500;
                }
                : switch (isa) {
                    case SCALAR -> 1.5;
                    case NEON, DOTPROD, I8MM -> 40;
                    case AVX2 -> 50;
                    default -> 100;
                };
    }
}
