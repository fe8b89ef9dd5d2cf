package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads a file's content forward and knows where it is. Gzip is recognised by content, never by name. */
final class ByteReader {
    private static final int BUFFER_BYTES = 1 << 16;

    private final String source;
    private final InputStream in;
    private long offset;

    /** {@code source} names the stream in error messages. */
    ByteReader(final String source, final InputStream in) throws IOException {
        this.source = source;
        this.in = decompressed(source, in);
    }

    /** The stream itself, or its gunzipped content when it begins with the gzip magic. */
    static InputStream decompressed(final String source, final InputStream in) throws IOException {
        final InputStream buffered = new BufferedInputStream(in, BUFFER_BYTES);
        try {
            buffered.mark(2);
            final boolean gzipped = buffered.read() == 0x1f && buffered.read() == 0x8b;
            buffered.reset();
            return gzipped ? new GZIPInputStream(buffered, BUFFER_BYTES) : buffered;
        } catch (EOFException | ZipException e) {
            throw broken(source, 0, e);
        }
    }

    /** In bytes of the decompressed content. */
    long offset() {
        return offset;
    }

    /** Grows with what is there, so that a header which promises two gigabytes costs none. */
    byte[] take(final int length, final String what) throws IOException {
        final byte[] bytes = upTo(length);
        if (bytes.length < length) {
            throw error(offset, "the file ends in %s: %d bytes wanted, %d found", what, length, bytes.length);
        }
        return bytes;
    }

    /** All that is left, at most {@code length} bytes. */
    byte[] upTo(final int length) throws IOException {
        try {
            final byte[] bytes = in.readNBytes(length);
            offset += bytes.length;
            return bytes;
        } catch (EOFException | ZipException e) {
            throw broken(source, offset, e);
        }
    }

    void requireEnd(final String last) throws IOException {
        final long end = offset;
        if (upTo(1).length > 0) {
            throw error(end, "bytes follow %s", last);
        }
    }

    MalformedFileException error(final long at, final String format, final Object... arguments) {
        return new MalformedFileException(source, at, format.formatted(arguments));
    }

    private static MalformedFileException broken(final String source, final long offset, final IOException cause) {
        final MalformedFileException malformed =
                new MalformedFileException(source, offset, "broken compressed data (" + cause.getMessage() + ")");
        malformed.initCause(cause);
        return malformed;
    }
}
