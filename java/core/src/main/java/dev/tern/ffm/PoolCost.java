package dev.tern.ffm;

import dev.tern.Isa;
import dev.tern.Pool2d;
import dev.tern.TensorType;

/** What a pooling takes where nothing was measured, in the units of {@link CostModel}: its taps, or its memory. */
final class PoolCost {
    private static final double CALL_NANOS = 150;
    private static final double FORK_NANOS = 1_000;
    private static final double BYTES_PER_NANO = 20;
    private static final double SCALAR_TAPS_PER_NANO = 1;
    private static final double BYTES_OF_TAPS_PER_NANO_AVX2 = 64;
    private static final double BYTES_OF_TAPS_PER_NANO_AVX512 = 128;

    private PoolCost() {}

    static double nanos(final NativeKernel kernel, final Pool2d pool, final long rows, final int threads) {
        final double taps =
                pool.operations(rows) / tapsPerNano(kernel.isa(), pool.type().bits() / Byte.SIZE);
        final double memory = (bytes(pool.a(rows)) + bytes(pool.y(rows))) / BYTES_PER_NANO;
        final double alone = Math.max(taps, memory);
        return CALL_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    private static double bytes(final TensorType tensor) {
        return tensor.type().bytes(tensor.shape().elements());
    }

    private static double tapsPerNano(final Isa isa, final int elementBytes) {
        return switch (isa) {
            case SCALAR -> SCALAR_TAPS_PER_NANO;
            case AVX2 -> BYTES_OF_TAPS_PER_NANO_AVX2 / elementBytes;
            default -> BYTES_OF_TAPS_PER_NANO_AVX512 / elementBytes;
        };
    }
}
