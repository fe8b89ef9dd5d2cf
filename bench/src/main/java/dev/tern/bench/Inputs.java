package dev.tern.bench;

import dev.tern.Bfloat16;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * The operands of a case, the same in every process: drawn from a seed that is the shape's. Dense off-heap segments,
 * 64-byte aligned, in the order in which the case's type stores them.
 */
public record Inputs(MemorySegment a, MemorySegment b) {

    private static final long SEED = 0x7465726eL;
    private static final long ALIGNMENT = 64;

    /** Full-range integers; floats in [-1, 1). Weights stay in [-127, 127], the range symmetric quantization uses. */
    public static Inputs random(final BenchCase problem, final Arena arena) {
        final SplittableRandom random =
                new SplittableRandom(SEED ^ problem.shape().hashCode());
        final MemorySegment a = arena.allocate(Math.max(1, problem.bytesA()), ALIGNMENT);
        final MemorySegment b = arena.allocate(Math.max(1, problem.bytesB()), ALIGNMENT);
        fill(a, problem.type().a(), -128, random);
        fill(b, problem.type().b(), -127, random);
        problem.adjust(b, random);
        return new Inputs(a, b);
    }

    private static void fill(
            final MemorySegment to, final GemmType.Element element, final int lowest, final SplittableRandom random) {
        if (element == GemmType.Element.F32) {
            for (long i = 0; i < to.byteSize() / Float.BYTES; i++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (random.nextInt() >> 8) * 0x1p-23f);
            }
            return;
        }
        if (element == GemmType.Element.BF16) {
            for (long i = 0; i < to.byteSize() / Short.BYTES; i++) {
                to.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.of((random.nextInt() >> 8) * 0x1p-23f));
            }
            return;
        }
        final int from = element == GemmType.Element.U8 ? 0 : element == GemmType.Element.S8 ? lowest : -128;
        final int bound = element == GemmType.Element.U8 ? 256 : 128;
        for (long i = 0; i < to.byteSize(); i++) {
            to.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(from, bound));
        }
    }

    /** Those of one matrix of a batch. */
    Inputs of(final int index, final GemmCase matrix) {
        return new Inputs(
                a.asSlice(index * matrix.bytesA(), matrix.bytesA()),
                b.asSlice(index * matrix.bytesB(), matrix.bytesB()));
    }

    /** Activations of a product, which are rows of k, as f32. */
    public Inputs inFloats(final GemmCase gemm, final Arena arena) {
        return new Inputs(inFloats(a, gemm.type().a(), gemm.k(), arena), b);
    }

    /** Weights of a product in a wider type, which holds the same numbers. */
    Inputs widened(final GemmCase gemm, final GemmType type, final Arena arena) {
        final GemmType.Element narrow = gemm.type().b();
        final int length = type.isTransposedB() ? gemm.k() : gemm.n();
        final long rows = gemm.bytesB() / narrow.bytes(length);
        final long rowBytes = type.b().bytes(length);
        final MemorySegment to = arena.allocate(rows * rowBytes, ALIGNMENT);
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < length; i++) {
                type.b().put(to, row * rowBytes, i, (int) narrow.at(b, row, i, length));
            }
        }
        return new Inputs(a, to);
    }

    /** Those of a convolution of signs, as f32. */
    public Inputs inFloats(final ConvCase conv, final Arena arena) {
        return new Inputs(
                inFloats(a, conv.type().a(), conv.channels(), arena),
                inFloats(b, conv.type().b(), conv.channels() / conv.groups(), arena));
    }

    /** Of rows of {@code length} elements. */
    private static MemorySegment inFloats(
            final MemorySegment from, final GemmType.Element element, final int length, final Arena arena) {
        final long rows = from.byteSize() / element.bytes(length);
        final MemorySegment to = arena.allocate(rows * length * Float.BYTES, ALIGNMENT);
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < length; i++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, row * length + i, (float) element.at(from, row, i, length));
            }
        }
        return to;
    }
}
