package dev.tern.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * The operands of a case, the same in every process: drawn from a seed that is the shape's. Dense off-heap segments,
 * 64-byte aligned, in the order in which {@link GemmType} stores them.
 */
public record GemmInputs(MemorySegment a, MemorySegment b) {

    private static final long SEED = 0x7465726eL;
    private static final long ALIGNMENT = 64;

    /** Full-range integers; floats in [-1, 1). Weights stay in [-127, 127], the range symmetric quantization uses. */
    public static GemmInputs random(final GemmCase gemm, final Arena arena) {
        final SplittableRandom random = new SplittableRandom(SEED ^ gemm.shape().hashCode());
        final MemorySegment a = arena.allocate(Math.max(1, gemm.bytesA()), ALIGNMENT);
        final MemorySegment b = arena.allocate(Math.max(1, gemm.bytesB()), ALIGNMENT);
        fill(a, gemm.type().a(), -128, random);
        fill(b, gemm.type().b(), -127, random);
        return new GemmInputs(a, b);
    }

    private static void fill(
            final MemorySegment to, final GemmType.Element element, final int lowest, final SplittableRandom random) {
        if (element == GemmType.Element.F32) {
            for (long i = 0; i < to.byteSize() / Float.BYTES; i++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (random.nextInt() >> 8) * 0x1p-23f);
            }
            return;
        }
        final int from = element == GemmType.Element.U8 ? 0 : element == GemmType.Element.S8 ? lowest : -128;
        final int bound = element == GemmType.Element.U8 ? 256 : 128;
        for (long i = 0; i < to.byteSize(); i++) {
            to.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(from, bound));
        }
    }
}
