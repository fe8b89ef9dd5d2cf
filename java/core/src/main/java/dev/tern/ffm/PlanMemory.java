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
    private static final int COLUMNS = 16; // whose scales of a group lie side by side

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment struct = tern_gemm.allocate(arena);
    private final Gemm gemm;

    PlanMemory(final Gemm gemm) {
        this.gemm = gemm;
        tern_gemm.n(struct, gemm.n());
        tern_gemm.k(struct, gemm.k());
        tern_gemm.a_type(struct, code(gemm.aType()));
        tern_gemm.y_type(struct, code(gemm.yType()));
        tern_gemm.y_min(struct, gemm.yMin());
        tern_gemm.y_max(struct, gemm.yMax());
        tern_gemm.beta(struct, gemm.accumulates() ? 1 : 0);
        tern_gemm.bias(struct, bias(gemm));
        tern_gemm.a_zero_point(struct, gemm.aQuantization().zeroPoint(0));
        tern_gemm.y_zero_point(struct, gemm.yQuantization().zeroPoint(0));
        if (gemm.scalesWeights()) {
            scaleWeights(gemm);
        } else if (gemm.isQuantized()) {
            quantize(gemm);
        }
    }

    /** How many seeds a plan has. */
    static long seeds(final Gemm gemm) {
        return gemm.scalesWeights() ? scales(gemm) : gemm.n();
    }

    private static int groups(final Gemm gemm) {
        return Math.ceilDiv(gemm.k(), Math.max(1, gemm.groupLength()));
    }

    private static long scales(final Gemm gemm) {
        return (long) Math.ceilDiv(gemm.n(), COLUMNS) * COLUMNS * groups(gemm);
    }

    /** Columns past the last have scales of 0. */
    private void scaleWeights(final Gemm gemm) {
        final Quantization b = gemm.bQuantization();
        final int groups = groups(gemm);
        final MemorySegment scales = arena.allocate(ValueLayout.JAVA_FLOAT, scales(gemm));
        final MemorySegment zeroPoints = arena.allocate(ValueLayout.JAVA_INT, scales(gemm));
        for (int column = 0; column < gemm.n(); column++) {
            for (int g = 0; g < groups; g++) {
                final long at = ((long) column / COLUMNS * groups + g) * COLUMNS + column % COLUMNS;
                scales.setAtIndex(ValueLayout.JAVA_FLOAT, at, b.scale(column, g));
                zeroPoints.setAtIndex(ValueLayout.JAVA_INT, at, b.zeroPoint(column, g));
            }
        }
        tern_gemm.group(struct, Math.max(1, gemm.groupLength()));
        tern_gemm.a_scale(struct, gemm.aQuantization().scale(0));
        tern_gemm.b_scales(struct, scales);
        if (!b.isSymmetric()) {
            tern_gemm.b_zero_points(struct, zeroPoints);
        }
    }

    private void quantize(final Gemm gemm) {
        final Quantization b = gemm.bQuantization();
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
        seed(kernel, packed, 1, 0);
    }

    /** The same for matrices packed so many bytes apart. */
    void seed(final NativeKernel kernel, final MemorySegment packed, final long matrices, final long packedBytes) {
        final MemorySegment seeds = arena.allocate(ValueLayout.JAVA_INT, seeds(gemm) * matrices);
        seed(kernel, gemm, struct, packed, matrices, packedBytes, seeds);
    }

    /** The same into memory that outlives the use of the struct. */
    static void seed(
            final NativeKernel kernel,
            final Gemm gemm,
            final MemorySegment struct,
            final MemorySegment packed,
            final long matrices,
            final long packedBytes,
            final MemorySegment seeds) {
        final long seedBytes = seeds(gemm) * Integer.BYTES;
        for (long i = 0; i < matrices; i++) {
            final MemorySegment panels = MemorySegment.ofAddress(packed.address() + i * packedBytes);
            LibTern.tern_gemm_seeds(kernel.index(), struct, panels, seeds.asSlice(i * seedBytes));
        }
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
