package dev.tern.ffm;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Quantization;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * What a GEMM computes, as the library reads it: {@code struct tern_gemm} and the arrays that it points to. Written
 * once, then only read; freed by the garbage collector, with the plan that holds it.
 */
final class PlanMemory {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment struct = tern_gemm.allocate(arena);

    PlanMemory(final Gemm gemm) {
        tern_gemm.n(struct, gemm.n());
        tern_gemm.k(struct, gemm.k());
        tern_gemm.a_type(struct, code(gemm.aType()));
        tern_gemm.y_type(struct, code(gemm.yType()));
        tern_gemm.y_min(struct, gemm.yMin());
        tern_gemm.y_max(struct, gemm.yMax());
        tern_gemm.beta(struct, gemm.accumulates() ? 1 : 0);
        tern_gemm.bias(struct, bias(gemm));
        if (gemm.isQuantized()) {
            quantize(gemm);
        }
    }

    private void quantize(final Gemm gemm) {
        final Quantization b = gemm.bQuantization();
        tern_gemm.a_zero_point(struct, gemm.aQuantization().zeroPoint(0));
        tern_gemm.y_zero_point(struct, gemm.yQuantization().zeroPoint(0));
        if (!b.isSymmetric()) {
            tern_gemm.b_zero_points(
                    struct, ints(IntStream.range(0, gemm.n()).map(b::zeroPoint).toArray()));
        }
        final MemorySegment multipliers = arena.allocate(ValueLayout.JAVA_FLOAT, gemm.n());
        for (int column = 0; column < gemm.n(); column++) {
            multipliers.setAtIndex(ValueLayout.JAVA_FLOAT, column, gemm.multiplier(column));
        }
        tern_gemm.multipliers(struct, multipliers);
    }

    private MemorySegment bias(final Gemm gemm) {
        if (gemm.intBias() != null) {
            return ints(gemm.intBias());
        }
        return gemm.floatBias() == null
                ? MemorySegment.NULL
                : arena.allocateFrom(ValueLayout.JAVA_FLOAT, gemm.floatBias());
    }

    private MemorySegment ints(final int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    /** Folds bias and zero points with the column sums of packed weights, for an integer kernel. */
    void seed(final NativeKernel kernel, final MemorySegment packed) {
        final MemorySegment seeds = arena.allocate(ValueLayout.JAVA_INT, tern_gemm.n(struct));
        LibTern.tern_gemm_seeds(kernel.index(), struct, packed, seeds);
        tern_gemm.seeds(struct, seeds);
    }

    MemorySegment struct() {
        return struct;
    }

    private static int code(final DataType type) {
        return switch (type) {
            case F32 -> LibTern.TERN_F32();
            case BF16 -> LibTern.TERN_BF16();
            case S32 -> LibTern.TERN_S32();
            case S8 -> LibTern.TERN_S8();
            case U8 -> LibTern.TERN_U8();
            case S4 -> LibTern.TERN_S4();
            case S2 -> LibTern.TERN_S2();
            case B1 -> LibTern.TERN_B1();
        };
    }
}
