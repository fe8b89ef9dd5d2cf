package dev.tern.ffm;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Spmm;

/**
 * What a kernel takes for a GEMM where nothing was measured: arithmetic at the rate that the kernel keeps up on large
 * shapes, then reading the weights once. The rates are those of one core of a Xeon of 2023 at some 3 GHz; only their
 * ratios matter, between kernels and to the other backends.
 */
final class CostModel {
    private static final double CALL_NANOS = 80;
    private static final double FORK_NANOS = 1_000;
    private static final int AMX_ROWS = 16; // a tile unit multiplies whole tiles, other kernels only the rows there are
    private static final long CACHED_BYTES = 2 << 20;
    private static final double CACHED_BYTES_PER_NANO = 80;
    private static final double BYTES_PER_NANO = 20;

    private static final double EXPANDED_PER_NANO = 30;
    private static final double STORED_SHARE = 0.55; // of the dense rate, on stored weights
    private static final double TRANSPOSED_PER_NANO = 8;
    private static final double INDEXED = 1.25; // bytes for each that is a weight

    private final int grain;
    private final double rowNanos;
    private final double weightsNanos;

    private CostModel(final int grain, final double rowNanos, final double weightsNanos) {
        this.grain = grain;
        this.rowNanos = rowNanos;
        this.weightsNanos = weightsNanos;
    }

    static CostModel of(final NativeKernel kernel, final Gemm gemm) {
        final double weights = (double) gemm.n() * gemm.k();
        final double expanding = expands(kernel) ? weights / EXPANDED_PER_NANO : 0;
        return new CostModel(
                kernel.isa() == Isa.AMXINT8 ? AMX_ROWS : 1,
                2 * weights / operationsPerNano(kernel),
                readNanos(weights * kernel.weights().bits() / Byte.SIZE) + expanding);
    }

    /** Rows of x fill vectors; for each stored word there is an index, for each sum a way back to its place in y. */
    static CostModel of(final NativeKernel kernel, final Spmm spmm) {
        final Gemm gemm = spmm.product();
        if (!kernel.isSparse()) {
            return of(kernel, gemm);
        }
        final double stored = spmm.density() * gemm.n() * gemm.k();
        final double reading = readNanos(INDEXED * stored * kernel.weights().bits() / Byte.SIZE);
        if (kernel.looksUp()) {
            return new CostModel(1, 2 * stored / lookedUpPerNano(kernel), reading);
        }
        final double products = 2 * stored / (operationsPerNano(kernel) * STORED_SHARE);
        return new CostModel(
                kernel.isa() == Isa.SCALAR ? 1 : kernel.isa() == Isa.AVX2 ? 8 : 16,
                products + gemm.n() / TRANSPOSED_PER_NANO,
                reading);
    }

    private static double lookedUpPerNano(final NativeKernel kernel) {
        return kernel.isa() == Isa.SCALAR ? 1 : kernel.weights() == DataType.F32 ? 18 : 120;
    }

    /**
     * Each position multiplies weights that stay in registers, and reads, writes or rounds as much as it multiplies.
     */
    static CostModel depthwise(final NativeKernel kernel, final Gemm gemm) {
        final double operations = 2.0 * gemm.n() * gemm.k();
        return new CostModel(1, operations / depthwiseOperationsPerNano(kernel), 0);
    }

    private static double depthwiseOperationsPerNano(final NativeKernel kernel) {
        final boolean floats = kernel.weights() == DataType.F32;
        return switch (kernel.isa()) {
            case SCALAR -> floats ? 4 : 1;
            case AVX2 -> floats ? 45 : 12;
            default -> floats ? 70 : 80;
        };
    }

    private static double readNanos(final double bytes) {
        return bytes / (bytes <= CACHED_BYTES ? CACHED_BYTES_PER_NANO : BYTES_PER_NANO);
    }

    /** Whether weights are brought to a type that can be multiplied first, in every run. */
    private static boolean expands(final NativeKernel kernel) {
        if (kernel.weights() == DataType.BF16) {
            return kernel.isa() != Isa.SCALAR && kernel.isa() != Isa.AVX512BF16;
        }
        if (kernel.isa() == Isa.SCALAR || kernel.activations() == kernel.weights()) {
            return false;
        }
        final boolean shifted = kernel.isa() == Isa.AVX512VNNI && kernel.weights() != DataType.B1;
        return kernel.activations() == DataType.F32 || kernel.weights().bits() < Byte.SIZE && !shifted;
    }

    /** One run on so many threads. */
    double nanos(final long rows, final int threads) {
        return nanos(1, rows, threads);
    }

    /** The same of several matrices. */
    double nanos(final long matrices, final long rows, final int threads) {
        final double alone = matrices * alone(rows);
        return CALL_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    /** A matrix on one thread. */
    double alone(final long rows) {
        return rowNanos * Math.ceilDiv(rows, grain) * grain + weightsNanos;
    }

    private static double operationsPerNano(final NativeKernel kernel) {
        final Isa isa = kernel.isa();
        return switch (kernel.activations()) {
            case F32, BF16 -> floatOperationsPerNano(isa);
            case B1 -> signOperationsPerNano(isa);
            default -> integerOperationsPerNano(isa);
        };
    }

    private static double integerOperationsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> 2;
            case AVX2 -> 150;
            case NEON -> 80;
            case DOTPROD -> 160;
            case I8MM -> 300;
            case AVX512, AVX512VNNI, AVX512BF16, AVX512VPOPCNTDQ, AVX512VBMI -> 600;
            case AMXINT8 -> 1_500;
        };
    }

    private static double signOperationsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> 40;
            case NEON, DOTPROD, I8MM -> 700;
            case AVX2 -> 600;
            case AVX512, AVX512VNNI, AVX512BF16, AVX512VPOPCNTDQ, AVX512VBMI, AMXINT8 -> 2_000;
        };
    }

    private static double floatOperationsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> 1.5;
            case NEON, DOTPROD, I8MM -> 40;
            case AVX2 -> 80;
            case AVX512BF16 -> 80; // one port takes two cycles for it: half of FMA
            case AVX512, AVX512VNNI, AVX512VPOPCNTDQ, AVX512VBMI, AMXINT8 -> 160;
        };
    }
}
