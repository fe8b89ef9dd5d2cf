package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.model.MalformedFileException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class IdxFileTest {
    /** Two images of 2 x 3. */
    private static final byte[] VALID = {
        0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (byte) 255
    };

    @Test
    void shouldReadSizesAndElements() throws IOException {
        final IdxFile file = read(VALID);
        assertEquals(3, file.rank());
        assertEquals(2, file.dimension(0));
        assertEquals(2, file.dimension(1));
        assertEquals(3, file.dimension(2));
        assertArrayEquals(Arrays.copyOfRange(VALID, 16, 28), file.bytes());
    }

    @Test
    void shouldReadTheSameFromGzip() throws IOException {
        assertArrayEquals(read(VALID).bytes(), read(gzip(VALID)).bytes());
    }

    @Test
    void shouldReadAnArrayWithoutElements() throws IOException {
        assertEquals(0, read(new byte[] {0, 0, 8, 1, 0, 0, 0, 0}).bytes().length);
    }

    @Test
    void shouldSayWhereEveryTruncatedFileEnds() {
        for (int length = 0; length < VALID.length; length++) {
            final MalformedFileException e = refused(Arrays.copyOf(VALID, length));
            assertEquals(length, e.offset(), e.getMessage());
            assertEquals("here.idx", e.file());
        }
    }

    @Test
    void shouldRefuseEveryTruncatedGzip() throws IOException {
        final byte[] zipped = gzip(VALID);
        for (int length = 2; length < zipped.length; length++) {
            final MalformedFileException e = refused(Arrays.copyOf(zipped, length));
            assertTrue(e.getMessage().contains("broken"), e.getMessage());
        }
    }

    @Test
    void shouldRefuseAGzipWithAFlippedBit() throws IOException {
        final byte[] zipped = gzip(VALID);
        zipped[zipped.length - 8] ^= 1; // the checksum of the content
        assertTrue(refused(zipped).getMessage().contains("broken"));
    }

    @Test
    void shouldPointAtTheByteThatIsWrong() {
        assertEquals(0, refusedWith(0, 1).offset());
        assertEquals(0, refusedWith(1, 7).offset());
        assertEquals(2, refusedWith(2, 0x0d).offset());
        assertEquals(3, refusedWith(3, 0).offset());
        assertEquals(3, refusedWith(3, 5).offset());
        assertEquals(4, refusedWith(4, 0x80).offset(), "a size of 2^31 or more");
        assertEquals(12, refusedWith(12, 0x7f).offset(), "a product that no array can hold");
        assertEquals(28, refusedWith(7, 3).offset(), "sizes that promise more than there is");
        assertEquals(22, refusedWith(7, 1).offset(), "sizes that promise less than there is");
    }

    private static MalformedFileException refusedWith(final int at, final int value) {
        final byte[] changed = VALID.clone();
        changed[at] = (byte) value;
        return refused(changed);
    }

    private static MalformedFileException refused(final byte[] content) {
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> read(content));
        assertTrue(e.getMessage().startsWith("here.idx: at byte " + e.offset()), e.getMessage());
        return e;
    }

    private static IdxFile read(final byte[] content) throws IOException {
        return IdxFile.read("here.idx", new ByteArrayInputStream(content));
    }

    static byte[] gzip(final byte[] content) throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(content);
        }
        return out.toByteArray();
    }
}
