package dev.tern.ffm;

import dev.tern.Isa;
import dev.tern.Reorder;
import dev.tern.TensorType;

/**
 * What a reordering takes where nothing was measured, in the units of {@link CostModel}: its elements, or its memory.
 */
final class ReorderCost {
    private static final double CALL_NANOS = 150;
    private static final double FORK_NANOS = 1_000;
    private static final double BYTES_PER_NANO = 20;
    private static final double SCALAR_ELEMENTS_PER_NANO = 0.7;
    private static final double ELEMENTS_PER_NANO_AVX2 = 5;
    private static final double ELEMENTS_PER_NANO_AVX512 = 10;

    private ReorderCost() {}

    static double nanos(final NativeKernel kernel, final Reorder reorder, final long rows, final int threads) {
        final double elements = reorder.operations(rows) / elementsPerNano(kernel.isa());
        final double memory = (bytes(reorder.a(rows)) + bytes(reorder.y(rows))) / BYTES_PER_NANO;
        final double alone = Math.max(elements, memory);
        return CALL_NANOS + Math.min(alone, alone / threads + FORK_NANOS);
    }

    private static double bytes(final TensorType tensor) {
        return tensor.type().bytes(tensor.shape().elements());
    }

    private static double elementsPerNano(final Isa isa) {
        return switch (isa) {
            case SCALAR -> SCALAR_ELEMENTS_PER_NANO;
            case AVX2 -> ELEMENTS_PER_NANO_AVX2;
            default -> ELEMENTS_PER_NANO_AVX512;
        };
    }
}
