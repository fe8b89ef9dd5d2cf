package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.model.MalformedFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarBatchTest {
    private static final int RECORD = 3073;

    @Test
    void shouldReadLabelsAndPixels() throws IOException {
        final byte[] content = records(3, 1);
        final Samples samples = read(content);
        assertEquals(new ImageFormat(32, 32, 3), samples.format());
        assertEquals(3, samples.size());
        for (int i = 0; i < 3; i++) {
            assertEquals(content[i * RECORD], samples.label(i));
            for (int row = 0; row < 32; row++) {
                for (int column = 0; column < 32; column++) {
                    for (int channel = 0; channel < 3; channel++) {
                        assertEquals(
                                content[i * RECORD + 1 + channel * 1024 + row * 32 + column],
                                samples.pixels()
                                        .get(ValueLayout.JAVA_BYTE, ((i * 32 + row) * 32 + column) * 3L + channel));
                    }
                }
            }
        }
    }

    @Test
    void shouldReadTheSameFromGzip() throws IOException {
        final byte[] content = records(2, 2);
        assertArrayEquals(bytes(read(content)), bytes(read(IdxFileTest.gzip(content))));
    }

    @Test
    void shouldReadFilesOneAfterTheOther(@TempDir final Path folder) throws IOException {
        final byte[] content = records(5, 3);
        final Path first = Files.write(folder.resolve("1.bin"), Arrays.copyOf(content, 2 * RECORD));
        final Path second = Files.write(folder.resolve("2.bin"), Arrays.copyOfRange(content, 2 * RECORD, 5 * RECORD));
        final Samples joined = CifarBatch.read(List.of(first, second));
        assertArrayEquals(bytes(read(content)), bytes(joined));
        assertEquals(content[4 * RECORD], joined.label(4));
    }

    @Test
    void shouldSayWhereATruncatedFileEnds() {
        for (final int length : new int[] {1, RECORD - 1, RECORD + 1, 2 * RECORD - 1}) {
            final MalformedFileException e = refused(Arrays.copyOf(records(2, 4), length));
            assertEquals(length, e.offset(), e.getMessage());
            assertTrue(e.getMessage().contains("record " + length / RECORD), e.getMessage());
        }
    }

    @Test
    void shouldPointAtALabelThatIsNone() {
        final byte[] content = records(3, 5);
        content[2 * RECORD] = 10;
        assertEquals(2 * RECORD, refused(content).offset());
        content[RECORD] = -1;
        assertEquals(RECORD, refused(content).offset());
    }

    private static MalformedFileException refused(final byte[] content) {
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> read(content));
        assertEquals("here.bin", e.file());
        return e;
    }

    private static Samples read(final byte[] content) throws IOException {
        return CifarBatch.read("here.bin", new ByteArrayInputStream(content));
    }

    private static byte[] bytes(final Samples samples) {
        return samples.pixels().toArray(ValueLayout.JAVA_BYTE);
    }

    /** Random records with labels 0 to 9. */
    static byte[] records(final int count, final long seed) {
        final byte[] content = new byte[count * RECORD];
        final SplittableRandom random = new SplittableRandom(seed);
        random.nextBytes(content);
        for (int i = 0; i < count; i++) {
            content[i * RECORD] = (byte) random.nextInt(10);
        }
        return content;
    }
}
