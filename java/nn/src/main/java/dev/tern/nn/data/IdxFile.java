package dev.tern.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An array of unsigned bytes in the IDX format of the MNIST files: two zero bytes, the type (8), the rank, one 32-bit
 * size for each dimension, big-endian, then the bytes in row-major order; gzipped or not.
 */
public final class IdxFile {
    private static final int UNSIGNED_BYTE = 0x08;
    private static final int MAX_RANK = 4;
    private static final int HEADER_BYTES = 4;

    private final int[] dimensions;
    private final byte[] bytes;

    private IdxFile(final int[] dimensions, final byte[] bytes) {
        this.dimensions = dimensions;
        this.bytes = bytes;
    }

    public static IdxFile read(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in);
        }
    }

    /** {@code source} names the stream in error messages. */
    public static IdxFile read(final String source, final InputStream in) throws IOException {
        final ByteReader reader = new ByteReader(source, in);
        final int[] dimensions = dimensions(reader);
        return new IdxFile(dimensions, body(reader, dimensions));
    }

    public int rank() {
        return dimensions.length;
    }

    public int dimension(final int axis) {
        return dimensions[axis];
    }

    /** The content itself, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    private static int[] dimensions(final ByteReader reader) throws IOException {
        final byte[] magic = reader.take(HEADER_BYTES, "the magic number");
        if (magic[0] != 0 || magic[1] != 0) {
            throw reader.error(0, "not an IDX file: its first two bytes are %02x %02x, not 00 00", magic[0], magic[1]);
        }
        if (magic[2] != UNSIGNED_BYTE) {
            throw reader.error(2, "element type 0x%02x; only 0x08, unsigned byte, is read", magic[2]);
        }
        if (magic[3] < 1 || magic[3] > MAX_RANK) {
            throw reader.error(3, "rank %d; 1 to %d are read", magic[3] & 0xff, MAX_RANK);
        }
        final int[] dimensions = new int[magic[3]];
        long elements = 1;
        for (int axis = 0; axis < dimensions.length; axis++) {
            final long at = reader.offset();
            dimensions[axis] = size(reader, axis);
            elements *= dimensions[axis];
            if (elements > Integer.MAX_VALUE - 16) {
                throw reader.error(at, "the sizes up to dimension %d make %d bytes", axis, elements);
            }
        }
        return dimensions;
    }

    private static int size(final ByteReader reader, final int axis) throws IOException {
        final byte[] word = reader.take(Integer.BYTES, "the size of dimension " + axis);
        final int size = (word[0] & 0xff) << 24 | (word[1] & 0xff) << 16 | (word[2] & 0xff) << 8 | word[3] & 0xff;
        if (size < 0) {
            final long at = reader.offset() - Integer.BYTES;
            throw reader.error(at, "dimension %d has %d elements", axis, size & 0xffff_ffffL);
        }
        return size;
    }

    private static byte[] body(final ByteReader reader, final int[] dimensions) throws IOException {
        int elements = 1;
        for (final int dimension : dimensions) {
            elements *= dimension;
        }
        final byte[] body = reader.take(elements, "the elements");
        reader.requireEnd("the last of the %d elements".formatted(elements));
        return body;
    }
}
