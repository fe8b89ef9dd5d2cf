package dev.tern.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Brings rows of images between arrays, where positions follow each other, and tensors in memory of any kind. */
final class PoolImages {
    private PoolImages() {}

    /** A row as floats. */
    static void read(
            final Tensor from,
            final long image,
            final long row,
            final Elements<float[]> elements,
            final float[] to,
            final int at,
            final Workspace workspace) {
        final int piece = piece(from);
        final int pieces = pieces(from);
        for (int p = 0; p < pieces; p++) {
            elements.read(from, position(from, image, row, p), piece, to, at + p * piece, workspace);
        }
    }

    /** A row as it is. */
    static void read(final Tensor from, final long image, final long row, final byte[] to, final int at) {
        final int piece = piece(from);
        final int pieces = pieces(from);
        for (int p = 0; p < pieces; p++) {
            MemorySegment.copy(from.segment(), JAVA_BYTE, position(from, image, row, p), to, at + p * piece, piece);
        }
    }

    /** A row of floats or bytes, from an array of them. */
    static void write(final Object from, final int at, final Tensor to, final long image, final long row) {
        final ValueLayout layout = to.type().isByte() ? JAVA_BYTE : JAVA_FLOAT_UNALIGNED;
        final int piece = piece(to);
        final int pieces = pieces(to);
        for (int p = 0; p < pieces; p++) {
            final long offset = position(to, image, row, p) * layout.byteSize();
            MemorySegment.copy(from, at + p * piece, to.segment(), layout, offset, piece);
        }
    }

    /** Neighbouring elements that a copy moves at once: a row, or the channels of one position. */
    private static int piece(final Tensor images) {
        return (int) (isGapless(images) ? images.length(2) * images.length(3) : images.length(3));
    }

    private static int pieces(final Tensor images) {
        return (int) (isGapless(images) ? 1 : images.length(2));
    }

    private static boolean isGapless(final Tensor images) {
        return images.stride(2) == images.length(3);
    }

    private static long position(final Tensor images, final long image, final long row, final long column) {
        return image * images.stride(0) + row * images.stride(1) + column * images.stride(2);
    }
}
