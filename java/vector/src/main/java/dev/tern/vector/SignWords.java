package dev.tern.vector;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rows of signs as words of 32, the first sign in the lowest bit; bits past the last sign are zero. */
final class SignWords {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SignWords() {}

    /** Words that k signs take. */
    static int count(final int k) {
        return Math.ceilDiv(k, Integer.SIZE);
    }

    /** Reads the {@code k} signs of some rows, one row after the other. */
    static void read(final Tensor from, final long first, final int rows, final int k, final int[] words) {
        if (k % Integer.SIZE == 0 && from.stride(0) == k) {
            MemorySegment.copy(from.segment(), WORD, first * k / Byte.SIZE, words, 0, rows * count(k));
            return;
        }
        for (int r = 0; r < rows; r++) {
            read(from, first + r, k, words, r * count(k));
        }
    }

    /** Reads the {@code k} signs of a row; bits that follow them in memory may be anything. */
    static void read(final Tensor from, final long row, final int k, final int[] words, final int to) {
        final MemorySegment segment = from.segment();
        final long at = row * from.stride(0) / Byte.SIZE;
        final int whole = k / Integer.SIZE;
        if (whole > 0) { // an empty matrix has no such place
            MemorySegment.copy(segment, WORD, at, words, to, whole);
        }
        final int rest = k % Integer.SIZE;
        if (rest > 0) {
            words[to + whole] = last(segment, at + (long) whole * Integer.BYTES, rest);
        }
    }

    /** {@code to[at + w * rows + r] = from[at + r * words + w]}: lines become the panel of a tile. */
    static void interleave(final int rows, final int[] from, final int at, final int words, final int[] to) {
        for (int r = 0; r < rows; r++) {
            final int line = at + r * words;
            for (int w = 0; w < words; w++) {
                to[at + r + w * rows] = from[line + w];
            }
        }
    }

    private static int last(final MemorySegment segment, final long at, final int signs) {
        int word = 0;
        for (int i = 0; i < Math.ceilDiv(signs, Byte.SIZE); i++) {
            word |= (segment.get(ValueLayout.JAVA_BYTE, at + i) & 0xff) << i * Byte.SIZE;
        }
        return word & -1 >>> Integer.SIZE - signs;
    }
}
