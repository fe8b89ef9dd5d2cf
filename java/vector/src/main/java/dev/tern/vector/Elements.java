package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Brings elements of a tensor to an array of floats, from memory of any kind and alignment. */
interface Elements {
    /** Floats past the last one that {@link #read} may overwrite. */
    int SLACK = 16;

    /** @param first counted in elements from the segment's start */
    void read(MemorySegment from, long first, int count, float[] to, int at, Workspace workspace);

    /** Those of a GEMM's left operand, less their zero point. */
    static Elements ofA(final Gemm gemm) {
        return gemm.isQuantized() ? new Bytes(gemm.aType(), gemm.aQuantization().zeroPoint(0)) : new Floats();
    }

    /** f32 as it is. */
    final class Floats implements Elements {
        @Override
        public void read(
                final MemorySegment from,
                final long first,
                final int count,
                final float[] to,
                final int at,
                final Workspace workspace) {
            MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, to, at, count);
        }
    }

    /** s8 or u8. A flipped highest bit makes u8 a signed byte, 128 less. */
    final class Bytes implements Elements {
        private final byte flip;
        private final float zero;

        Bytes(final DataType type, final int zeroPoint) {
            flip = (byte) (type == DataType.U8 ? 0x80 : 0);
            zero = type == DataType.U8 ? zeroPoint - 128 : zeroPoint;
        }

        @Override
        public void read(
                final MemorySegment from,
                final long first,
                final int count,
                final float[] to,
                final int at,
                final Workspace workspace) {
            final byte[] bytes = workspace.heapBytes(Scratch.BYTES, count + SLACK);
            MemorySegment.copy(from, ValueLayout.JAVA_BYTE, first, bytes, 0, count);
            ByteTiles.widen(bytes, count, flip, zero, to, at);
        }
    }
}
