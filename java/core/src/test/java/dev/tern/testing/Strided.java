package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Matrices with gaps between their rows, in any kind of host memory. */
final class Strided {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt S32 = ValueLayout.JAVA_INT_UNALIGNED;

    private Strided() {}

    static Tensor allocate(final DataType type, final Shape shape, final int gap, final GemmCase.Place place) {
        final long stride = shape.length(1) + gap;
        final long elements = shape.elements() == 0 ? 0 : (shape.length(0) - 1) * stride + shape.length(1);
        final long bytes = type.bytes(elements);
        return Tensor.wrap(memory(type, bytes, place), type, shape, stride, 1);
    }

    private static MemorySegment memory(final DataType type, final long bytes, final GemmCase.Place place) {
        return switch (place) {
            case NATIVE -> Arena.ofAuto().allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
            case UNALIGNED -> Arena.ofAuto().allocate(bytes + 1, 64).asSlice(1, bytes);
            case HEAP -> heap(type, (int) bytes);
        };
    }

    private static MemorySegment heap(final DataType type, final int bytes) {
        return switch (type) {
            case F32 -> MemorySegment.ofArray(new float[bytes / Float.BYTES]);
            case S32 -> MemorySegment.ofArray(new int[bytes / Integer.BYTES]);
            default -> MemorySegment.ofArray(new byte[bytes]);
        };
    }

    static void set(final MemorySegment memory, final DataType type, final long index, final float value) {
        switch (type) {
            case F32 -> memory.set(F32, index * Float.BYTES, value);
            case S32 -> memory.set(S32, index * Integer.BYTES, (int) value);
            default -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) (int) value);
        }
    }
}
