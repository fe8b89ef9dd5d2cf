package dev.tern.nn.data;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.model.MalformedFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzSamplesTest {
    @TempDir
    private Path folder;

    /** An array as numpy writes it; numbers become elements of the type. */
    static byte[] npy(final String type, final String shape, final double... numbers) {
        final int width = type.charAt(2) - '0';
        final String words = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
        final int header = Math.ceilDiv(10 + words.length() + 1, 64) * 64 - 10;
        final ByteBuffer file =
                ByteBuffer.allocate(10 + header + numbers.length * width).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header);
        final byte[] padded = new byte[header];
        Arrays.fill(padded, (byte) ' ');
        System.arraycopy(words.getBytes(StandardCharsets.US_ASCII), 0, padded, 0, words.length());
        padded[header - 1] = '\n';
        file.put(padded);
        for (final double number : numbers) {
            switch (type) {
                case "<f4" -> file.putFloat((float) number);
                case "<f8" -> file.putDouble(number);
                case "<i8" -> file.putLong((long) number);
                case "<i4", "<u4" -> file.putInt((int) (long) number);
                case "<i2", "<u2" -> file.putShort((short) number);
                default -> file.put((byte) (int) number);
            }
        }
        return file.array();
    }

    private Path npz(final boolean compressed, final byte[] x, final byte[] y) throws IOException {
        final Path file = folder.resolve("a.npz");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            put(zip, "x.npy", x, compressed);
            put(zip, "y.npy", y, compressed);
        }
        return file;
    }

    private static void put(final ZipOutputStream zip, final String name, final byte[] bytes, final boolean compressed)
            throws IOException {
        final ZipEntry entry = new ZipEntry(name);
        if (!compressed) {
            final CRC32 crc = new CRC32();
            crc.update(bytes);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(bytes.length);
            entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadImagesOfBytes(final boolean compressed) throws IOException {
        final Samples samples = NpzSamples.read(npz(
                compressed,
                npy("|u1", "2, 1, 2, 3", 0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11),
                npy("<i8", "2,", 3, 200)));
        assertEquals(new ImageFormat(1, 2, 3), samples.format());
        assertEquals(DataType.U8, samples.type());
        assertEquals(2, samples.size());
        assertEquals(200, samples.label(1));
        assertArrayEquals(new float[] {0, 1 / 255f, 2 / 255f, 3 / 255f, 4 / 255f, 1}, samples.reals(0, 1), 1e-7f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<f4", "<f8"})
    void shouldReadRowsOfFloats(final String type) throws IOException {
        final Samples samples =
                NpzSamples.read(npz(true, npy(type, "2, 3", 0.5, -1, 2, 1e-3, 4, 5), npy("|u1", "2,", 0, 1)));
        assertEquals(new ImageFormat(1, 1, 3), samples.format());
        assertEquals(DataType.F32, samples.type());
        assertArrayEquals(new float[] {0.5f, -1, 2, 1e-3f, 4, 5}, samples.reals(0, 2));
    }

    @Test
    void shouldReadGreyImages() throws IOException {
        final byte[] x = npy("|u1", "1, 2, 3", 1, 2, 3, 4, 5, 6);
        assertEquals(
                new ImageFormat(2, 3, 1),
                NpzSamples.read(npz(true, x, npy("<i4", "1,", 0))).format());
    }

    @ParameterizedTest
    @CsvSource({
        "|u1, 255, 255",
        "|i1, -1, -1",
        "<u2, 65535, 65535",
        "<i2, -2, -2",
        "<u4, 4294967295, 4294967295",
        "<i4, -3, -3",
        "<i8, -9007199254740991, -9007199254740991"
    })
    void shouldReadWholeNumbersOfEveryType(final String type, final double number, final long expected)
            throws IOException {
        final NpyFile file = NpyFile.read("a.npy", new ByteArrayInputStream(npy(type, "1,", number)));
        assertArrayEquals(new long[] {expected}, file.integers());
        assertArrayEquals(new float[] {expected}, file.floats());
    }

    @Test
    void shouldReadANumberWithoutDimensions() throws IOException {
        final NpyFile file = NpyFile.read("a.npy", new ByteArrayInputStream(npy("<f4", "", 2.5)));
        assertEquals(0, file.rank());
        assertArrayEquals(new float[] {2.5f}, file.floats());
    }

    @Test
    void shouldSayWhereEveryTruncatedArrayEnds() {
        final byte[] valid = npy("<f4", "2, 2", 1, 2, 3, 4);
        for (int length = 0; length < valid.length; length++) {
            final byte[] content = Arrays.copyOf(valid, length);
            final MalformedFileException e = assertThrows(
                    MalformedFileException.class, () -> NpyFile.read("a.npy", new ByteArrayInputStream(content)));
            assertEquals(length, e.offset(), e.getMessage());
        }
    }

    @Test
    void shouldRefuseOtherArrays() {
        final byte[] valid = npy("<f4", "2, 2", 1, 2, 3, 4);
        refused(0, "93 NUMPY", with(valid, 1, 'M'));
        refused(6, "version 4", with(valid, 6, 4));
        refused(8, "a header of", with(withVersionTwo(valid), 10, 1));
        refused(10, ">f4", new String(valid, StandardCharsets.ISO_8859_1).replace("<f4", ">f4"));
        refused(10, "Fortran", new String(valid, StandardCharsets.ISO_8859_1).replace("False", "True "));
        refused(10, "lacks shape", new String(valid, StandardCharsets.ISO_8859_1).replace("shape", "shade"));
        refused(10, "2^31", new String(valid, StandardCharsets.ISO_8859_1).replace("2, 2)", "2222222222222222, 2)"));
        refused(valid.length, "follow", Arrays.copyOf(valid, valid.length + 1));
    }

    private static byte[] withVersionTwo(final byte[] valid) {
        final byte[] two = new byte[valid.length + 2];
        System.arraycopy(valid, 0, two, 0, 10);
        System.arraycopy(valid, 10, two, 12, valid.length - 10);
        two[6] = 2;
        return two;
    }

    private static byte[] with(final byte[] valid, final int at, final int value) {
        final byte[] changed = valid.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static void refused(final long at, final String said, final String content) {
        refused(at, said, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void refused(final long at, final String said, final byte[] content) {
        final MalformedFileException e = assertThrows(
                MalformedFileException.class, () -> NpyFile.read("a.npy", new ByteArrayInputStream(content)));
        assertEquals(at, e.offset(), e.getMessage());
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    @Test
    void shouldReadVersionTwo() throws IOException {
        final byte[] two = withVersionTwo(npy("<i2", "2,", 1, -2));
        assertArrayEquals(
                new long[] {1, -2},
                NpyFile.read("a.npy", new ByteArrayInputStream(two)).integers());
    }

    @Test
    void shouldRefuseArraysThatAreNoSamples() throws IOException {
        final byte[] x = npy("<f4", "2, 2", 1, 2, 3, 4);
        final byte[] y = npy("<i4", "2,", 0, 1);
        refused("1 labels in y for 2 samples", npz(true, x, npy("<i4", "1,", 0)));
        refused("label 256 in y[1]", npz(true, x, npy("<i4", "2,", 0, 256)));
        refused("label -1 in y[0]", npz(true, x, npy("<i4", "2,", -1, 0)));
        refused("y has rank 2", npz(true, x, npy("<i4", "2, 1", 0, 1)));
        refused("elements of type <f4, not whole", npz(true, x, npy("<f4", "2,", 0, 1)));
        refused("x has rank 1", npz(true, npy("<f4", "2,", 0, 1), y));
        refused("x has elements of type <i4", npz(true, npy("<i4", "2, 1", 0, 1), y));
        refused("dimension 1 of x is 0", npz(true, npy("<f4", "2, 0"), y));
        refused("does not begin with PK", Files.write(folder.resolve("b.npz"), x));
    }

    private static void refused(final String said, final Path file) {
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> NpzSamples.read(file));
        assertTrue(e.getMessage().contains(said), e.getMessage());
        assertTrue(e.file().endsWith("npz") || said.contains("not whole"), e.file());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseEveryTruncatedArchive(final boolean compressed) throws IOException {
        final byte[] whole =
                Files.readAllBytes(npz(compressed, npy("<f4", "2, 2", 1, 2, 3, 4), npy("<i4", "2,", 0, 1)));
        final int directory = new String(whole, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        final Path file = folder.resolve("short.npz");
        for (int length = 0; length < directory; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            final MalformedFileException e = assertThrows(MalformedFileException.class, () -> NpzSamples.read(file));
            assertTrue(e.file().startsWith(file.toString()), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseAWrongChecksum(final boolean compressed) throws IOException {
        final Path file = npz(compressed, npy("<f4", "2, 2", 1, 2, 3, 4), npy("<i4", "2,", 0, 1));
        final byte[] content = Files.readAllBytes(file);
        final String text = new String(content, StandardCharsets.ISO_8859_1);
        final int crc = compressed ? text.indexOf("PK\7\10") + 4 : 14;
        content[crc] ^= 1;
        Files.write(file, content);
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> NpzSamples.read(file));
        assertTrue(e.getMessage().contains("CRC"), e.getMessage());
        assertEquals(file + "!x.npy", e.file());
    }

    @Test
    void shouldMakeADataSetOfTwoFiles() throws IOException {
        final Path train = npz(true, npy("<f4", "2, 2", 1, 2, 3, 4), npy("<i4", "2,", 0, 4));
        Files.move(train, folder.resolve("train.npz"));
        final Path test = npz(true, npy("<f4", "1, 2", 1, 2), npy("<i4", "1,", 2));
        Files.move(test, folder.resolve("test.npz"));
        final DataSet set = DataSet.read(folder);
        assertEquals(5, set.classes());
        assertEquals(2, set.train().size());
        assertEquals(2, set.test().label(0));
        Files.move(
                npz(true, npy("|u1", "1, 2", 1, 2), npy("<i4", "1,", 2)), folder.resolve("test.npz"), REPLACE_EXISTING);
        final Exception e = assertThrows(IllegalArgumentException.class, () -> DataSet.read(folder));
        assertTrue(e.getMessage().contains("of F32, test has"), e.getMessage());
    }
}
