package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Brings elements of a tensor to an array, from memory of any kind and alignment.
 *
 * @param <T> the array
 */
interface Elements<T> {
    /** Elements past the last one that {@link #read} may overwrite. */
    int SLACK = 16;

    Elements<float[]> FLOATS = new Floats();
    Elements<float[]> HALVES = new Halves();
    Elements<byte[]> BYTES = new Widened();

    /** @param first counted in elements from the tensor's first */
    void read(Tensor from, long first, int count, T to, int at, Workspace workspace);

    /** Writes what stands for nothing. */
    void clear(T to, int at, int count);

    /** Those of a GEMM's left operand as floats, less their zero point. */
    static Elements<float[]> ofA(final Gemm gemm) {
        return gemm.isQuantized()
                ? new Centred(gemm.aType(), gemm.aQuantization().zeroPoint(0))
                : ofReals(gemm.aType());
    }

    /** Of F32 or BF16. */
    static Elements<float[]> ofReals(final DataType type) {
        return type == DataType.BF16 ? HALVES : FLOATS;
    }

    /** f32 as it is. */
    final class Floats implements Elements<float[]> {
        @Override
        public void read(
                final Tensor from,
                final long first,
                final int count,
                final float[] to,
                final int at,
                final Workspace workspace) {
            MemorySegment.copy(from.segment(), ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, to, at, count);
        }

        @Override
        public void clear(final float[] to, final int at, final int count) {
            Arrays.fill(to, at, at + count, 0);
        }
    }

    /** bf16, exactly: the upper half of an f32. */
    final class Halves implements Elements<float[]> {
        @Override
        public void read(
                final Tensor from,
                final long first,
                final int count,
                final float[] to,
                final int at,
                final Workspace workspace) {
            final byte[] bytes = workspace.heapBytes(Scratch.BYTES, (count + SLACK) * Short.BYTES);
            MemorySegment.copy(
                    from.segment(), ValueLayout.JAVA_BYTE, first * Short.BYTES, bytes, 0, count * Short.BYTES);
            Bfloat16Lanes.widen(bytes, count, to, at);
        }

        @Override
        public void clear(final float[] to, final int at, final int count) {
            Arrays.fill(to, at, at + count, 0);
        }
    }

    /**
     * s8 or u8, less its zero point, which thereby is nothing. A flipped highest bit makes u8 a signed byte, 128 less.
     */
    final class Centred implements Elements<float[]> {
        private final byte flip;
        private final float zero;

        Centred(final DataType type, final int zeroPoint) {
            flip = (byte) (type == DataType.U8 ? 0x80 : 0);
            zero = type == DataType.U8 ? zeroPoint - 128 : zeroPoint;
        }

        @Override
        public void read(
                final Tensor from,
                final long first,
                final int count,
                final float[] to,
                final int at,
                final Workspace workspace) {
            final byte[] bytes = workspace.heapBytes(Scratch.BYTES, count + SLACK);
            MemorySegment.copy(from.segment(), ValueLayout.JAVA_BYTE, first, bytes, 0, count);
            ByteTiles.widen(bytes, count, flip, zero, to, at);
        }

        @Override
        public void clear(final float[] to, final int at, final int count) {
            Arrays.fill(to, at, at + count, 0);
        }
    }

    /** s8 as it is; s4, s2 and signs become bytes here: there is no cheaper way to widen them in a tile. */
    final class Widened implements Elements<byte[]> {
        @Override
        public void read(
                final Tensor from,
                final long first,
                final int count,
                final byte[] to,
                final int at,
                final Workspace workspace) {
            if (from.type().isByte()) {
                MemorySegment.copy(from.segment(), ValueLayout.JAVA_BYTE, first, to, at, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                to[at + i] = (byte) from.integerAt(first + i);
            }
        }

        @Override
        public void clear(final byte[] to, final int at, final int count) {
            Arrays.fill(to, at, at + count, (byte) 0);
        }
    }
}
