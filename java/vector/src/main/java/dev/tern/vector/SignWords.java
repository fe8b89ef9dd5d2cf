package dev.tern.vector;

import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Lines of signs as words of 32, the first sign in the lowest bit. A line has parts of so many signs, which begin on
 * words; bits past the last sign of a part are zero, whatever they are in memory.
 */
record SignWords(int signs) implements Elements<int[]> {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Words that k signs take. */
    static int count(final int k) {
        return Math.ceilDiv(k, Integer.SIZE);
    }

    /** Reads one part, or any number of them where they fill their words. */
    @Override
    public void read(
            final Tensor from,
            final long first,
            final int count,
            final int[] to,
            final int at,
            final Workspace workspace) {
        if (first % Byte.SIZE == 0) {
            readBytes(
                    from.segment(),
                    first / Byte.SIZE,
                    signs % Integer.SIZE == 0 ? count * Integer.SIZE : signs,
                    to,
                    at);
        } else {
            readBits(from, first, to, at);
        }
    }

    @Override
    public void clear(final int[] to, final int at, final int count) {
        Arrays.fill(to, at, at + count, 0);
    }

    private static void readBytes(
            final MemorySegment segment, final long at, final int k, final int[] words, final int to) {
        final int whole = k / Integer.SIZE;
        if (whole > 0) { // an empty matrix has no such place
            MemorySegment.copy(segment, WORD, at, words, to, whole);
        }
        final int rest = k % Integer.SIZE;
        if (rest > 0) {
            words[to + whole] = last(segment, at + (long) whole * Integer.BYTES, rest);
        }
    }

    /** One part that begins within a byte, as those of groups may. */
    private void readBits(final Tensor from, final long first, final int[] words, final int to) {
        clear(words, to, count(signs));
        for (int i = 0; i < signs; i++) {
            final int sign = from.integerAt(first + i) + 1 >> 1;
            words[to + i / Integer.SIZE] |= sign << i % Integer.SIZE;
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
