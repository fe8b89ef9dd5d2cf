package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The signs of one tap of a filter: whole bytes, of which the last may have bits that do not count. */
final class SignTerms {
    private SignTerms() {}

    /** Bytes of one term. */
    static long bytes(final Conv2d conv) {
        return DataType.B1.bytes(conv.groupChannels());
    }

    /** Dense weights whose other bits are 0: as they are, or a copy in scratch. */
    static MemorySegment cleaned(final Conv2d conv, final MemorySegment weights, final Scratch scratch) {
        final int signs = conv.groupChannels() % Byte.SIZE;
        if (conv.product().bType() != DataType.B1 || signs == 0) {
            return weights;
        }
        final long bytes = bytes(conv);
        final long size = bytes * conv.window().taps() * conv.filters();
        final MemorySegment copy = scratch.atLeast(size);
        MemorySegment.copy(weights, 0, copy, 0, size);
        for (long last = bytes - 1; last < size; last += bytes) {
            final int kept = copy.get(ValueLayout.JAVA_BYTE, last) & (1 << signs) - 1;
            copy.set(ValueLayout.JAVA_BYTE, last, (byte) kept);
        }
        return copy;
    }
}
