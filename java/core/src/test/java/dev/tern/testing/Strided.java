package dev.tern.testing;

import dev.tern.Bfloat16;
import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Tensors with gaps between their rows, in any kind of host memory. */
final class Strided {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt S32 = ValueLayout.JAVA_INT_UNALIGNED;

    private Strided() {}

    static Tensor allocate(final DataType type, final Shape shape, final int gap, final GemmCase.Place place) {
        final int perByte = Math.max(1, Byte.SIZE / type.bits());
        final long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int d = shape.rank() - 1; d >= 0; d--) {
            strides[d] = stride;
            stride = Math.ceilDiv(stride * shape.length(d), perByte) * perByte + (long) gap * perByte;
        }
        final long bytes = type.bytes(extent(shape, strides));
        return Tensor.wrap(memory(type, bytes, place), type, shape, strides);
    }

    /** Elements from the first to the last. */
    private static long extent(final Shape shape, final long[] strides) {
        long last = 0;
        for (int d = 0; d < shape.rank(); d++) {
            last += (shape.length(d) - 1) * strides[d];
        }
        return shape.elements() == 0 ? 0 : last + 1;
    }

    /** Whether an element of a tensor's memory is one of the tensor's, and not in a gap. */
    static boolean holds(final Tensor tensor, final long index) {
        long rest = index;
        for (int d = 0; d < tensor.shape().rank(); d++) {
            if (rest / tensor.stride(d) >= tensor.length(d)) {
                return false;
            }
            rest %= tensor.stride(d);
        }
        return true;
    }

    /** The tensor, of F32, whose values have lost their signs. */
    static Tensor magnitudes(final Tensor tensor) {
        final long elements = tensor.segment().byteSize() / Float.BYTES;
        for (long i = 0; i < elements; i++) {
            set(tensor.segment(), DataType.F32, i, Math.abs(tensor.floatAt(i)));
        }
        return tensor;
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
            case BF16 -> MemorySegment.ofArray(new short[bytes / Short.BYTES]);
            case S32 -> MemorySegment.ofArray(new int[bytes / Integer.BYTES]);
            default -> MemorySegment.ofArray(new byte[bytes]);
        };
    }

    static void set(final MemorySegment memory, final DataType type, final long index, final float value) {
        switch (type) {
            case F32 -> memory.set(F32, index * Float.BYTES, value);
            case BF16 -> memory.set(BF16, index * Short.BYTES, Bfloat16.of(value));
            case S32 -> memory.set(S32, index * Integer.BYTES, (int) value);
            case B1 -> setBits(memory, type, index, value > 0 ? 1 : 0);
            case S4, S2 -> setBits(memory, type, index, (int) value);
            default -> memory.set(ValueLayout.JAVA_BYTE, index, (byte) (int) value);
        }
    }

    private static void setBits(final MemorySegment memory, final DataType type, final long index, final int value) {
        final long at = index * type.bits();
        final int shift = (int) (at % Byte.SIZE);
        final int mask = (1 << type.bits()) - 1;
        final int others = memory.get(ValueLayout.JAVA_BYTE, at / Byte.SIZE) & ~(mask << shift);
        memory.set(ValueLayout.JAVA_BYTE, at / Byte.SIZE, (byte) (others | (value & mask) << shift));
    }
}
