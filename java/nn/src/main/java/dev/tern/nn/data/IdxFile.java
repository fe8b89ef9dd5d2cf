package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes in the IDX format of the MNIST files: two zero bytes, the type (8), the rank, one 32-bit
 * size for each dimension, big-endian, then the bytes in row-major order. Gzip is recognised by content, never by name.
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
        final Reader reader = new Reader(source, decompressed(source, in));
        final int[] dimensions = reader.dimensions();
        return new IdxFile(dimensions, reader.body(dimensions));
    }

    /** The stream itself, or its gunzipped content when it begins with the gzip magic. */
    static InputStream decompressed(final String source, final InputStream in) throws IOException {
        final InputStream buffered = new BufferedInputStream(in, 1 << 16);
        buffered.mark(2);
        final boolean gzipped = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        if (!gzipped) {
            return buffered;
        }
        try {
            return new GZIPInputStream(buffered, 1 << 16);
        } catch (EOFException | ZipException e) {
            throw malformed(source, 0, "broken gzip header (" + e.getMessage() + ")", e);
        }
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

    private static MalformedFileException malformed(
            final String source, final long offset, final String problem, final IOException cause) {
        final MalformedFileException malformed = new MalformedFileException(source, offset, problem);
        malformed.initCause(cause);
        return malformed;
    }

    /** Reads forward and knows where it is. */
    private static final class Reader {
        private final String source;
        private final InputStream in;
        private long offset;

        Reader(final String source, final InputStream in) {
            this.source = source;
            this.in = in;
        }

        int[] dimensions() throws IOException {
            final byte[] magic = take(HEADER_BYTES, "the magic number");
            if (magic[0] != 0 || magic[1] != 0) {
                throw error(0, "not an IDX file: its first two bytes are %02x %02x, not 00 00", magic[0], magic[1]);
            }
            if (magic[2] != UNSIGNED_BYTE) {
                throw error(2, "element type 0x%02x; only 0x08, unsigned byte, is read", magic[2]);
            }
            if (magic[3] < 1 || magic[3] > MAX_RANK) {
                throw error(3, "rank %d; 1 to %d are read", magic[3] & 0xff, MAX_RANK);
            }
            final int[] dimensions = new int[magic[3]];
            long elements = 1;
            for (int axis = 0; axis < dimensions.length; axis++) {
                dimensions[axis] = size(axis);
                elements *= dimensions[axis];
                if (elements > Integer.MAX_VALUE - 16) {
                    throw error(offset - Integer.BYTES, "the sizes up to dimension %d make %d bytes", axis, elements);
                }
            }
            return dimensions;
        }

        private int size(final int axis) throws IOException {
            final byte[] word = take(Integer.BYTES, "the size of dimension " + axis);
            final int size = (word[0] & 0xff) << 24 | (word[1] & 0xff) << 16 | (word[2] & 0xff) << 8 | word[3] & 0xff;
            if (size < 0) {
                throw error(offset - Integer.BYTES, "dimension %d has %d elements", axis, size & 0xffff_ffffL);
            }
            return size;
        }

        byte[] body(final int[] dimensions) throws IOException {
            int elements = 1;
            for (final int dimension : dimensions) {
                elements *= dimension;
            }
            final byte[] body = take(elements, "the elements");
            if (chunk(1).length > 0) {
                throw error(offset, "bytes follow the last of the %d elements", elements);
            }
            return body;
        }

        /** Grows with what is there, so that a header which promises two gigabytes costs none. */
        private byte[] take(final int length, final String what) throws IOException {
            final byte[] bytes = chunk(length);
            offset += bytes.length;
            if (bytes.length < length) {
                throw error(offset, "the file ends in %s: %d bytes wanted, %d found", what, length, bytes.length);
            }
            return bytes;
        }

        private byte[] chunk(final int length) throws IOException {
            try {
                return in.readNBytes(length);
            } catch (EOFException | ZipException e) {
                throw malformed(source, offset, "broken gzip data (" + e.getMessage() + ")", e);
            }
        }

        private MalformedFileException error(final long at, final String format, final Object... arguments) {
            return new MalformedFileException(source, at, format.formatted(arguments));
        }
    }
}
