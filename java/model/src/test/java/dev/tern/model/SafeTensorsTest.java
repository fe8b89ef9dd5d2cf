package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
    /** A file as another writer makes it: no padding, two tensors, keys in no order. */
    private static final String FOREIGN = "{\"b\":{\"shape\":[2],\"dtype\":\"I8\",\"data_offsets\":[4,6]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
            + "\"__metadata__\":{\"format\":\"pt\"}}";

    private static final byte[] DATA = {0, 0, (byte) 0x80, 0x3f, -1, 7};

    @TempDir
    private Path folder;

    @Test
    void shouldReadAFileOfAnotherWriter() throws IOException {
        final SafeTensors read = SafeTensors.read(file(FOREIGN, DATA));
        assertEquals(Map.of("format", "pt"), read.metadata());
        assertArrayEquals(new float[] {1}, read.tensors().get("a").toFloats());
        assertArrayEquals(new byte[] {-1, 7}, read.tensors().get("b").toBytes());
        assertEquals(Shape.of(1, 1), read.tensors().get("a").shape());
    }

    @Test
    void shouldComeBackAsItWasWritten() throws IOException {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("bytes", Tensor.of(DataType.U8, Shape.of(3), (byte) 0, (byte) 128, (byte) 255));
        tensors.put("signed", Tensor.of(DataType.S8, Shape.of(1, 1, 1), (byte) -128));
        tensors.put("f32", Tensor.of(Shape.of(2, 2), Float.NaN, -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY));
        tensors.put("ints", Tensor.of(Shape.of(1), Integer.MIN_VALUE));
        tensors.put("empty", Tensor.allocate(DataType.F32, Shape.of(0, 5)));
        tensors.put("scalar \"quoted\" ü", Tensor.of(Shape.of(), 2.5f));
        tensors.put("rows", Tensor.of(Shape.of(3, 4), new float[12]).slice(1, 1, 3));
        final Path file = folder.resolve("all.safetensors");
        new SafeTensors(tensors, Map.of("k", "v\n")).write(file);
        final SafeTensors read = SafeTensors.read(file);
        assertEquals(Map.of("k", "v\n"), read.metadata());
        assertEquals(tensors.keySet(), read.tensors().keySet());
        tensors.forEach((name, tensor) -> {
            final Tensor back = read.tensors().get(name);
            assertEquals(tensor.type(), back.type(), name);
            assertEquals(tensor.shape(), back.shape(), name);
            assertArrayEquals(elements(tensor), elements(back), name);
        });
    }

    @Test
    void shouldAlignTheDataAndEveryTensor() throws IOException {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("odd", Tensor.of(DataType.U8, Shape.of(3), (byte) 1, (byte) 2, (byte) 3));
        tensors.put("f32", Tensor.of(Shape.of(1), 1f));
        final Path file = folder.resolve("aligned.safetensors");
        new SafeTensors(tensors, Map.of()).write(file);
        final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        final int data = (int) bytes.getLong(0) + 8;
        assertEquals(0, data % 64);
        assertEquals(1f, bytes.getFloat(data));
        assertEquals(3, bytes.get(data + 6));
    }

    @Test
    void shouldReplaceAFileAndLeaveNothingBeside() throws IOException {
        final Path file = folder.resolve("m.safetensors");
        new SafeTensors(Map.of("x", Tensor.of(Shape.of(1), 1f)), Map.of()).write(file);
        new SafeTensors(Map.of("x", Tensor.of(Shape.of(1), 2f)), Map.of()).write(file);
        assertEquals(2f, SafeTensors.read(file).tensors().get("x").floatAt(0));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void shouldKeepTheOldFileWhenATensorCannotBeWritten() throws IOException {
        final Path file = folder.resolve("m.safetensors");
        new SafeTensors(Map.of("x", Tensor.of(Shape.of(1), 1f)), Map.of()).write(file);
        final SafeTensors bad = new SafeTensors(Map.of("x", Tensor.allocate(DataType.S4, Shape.of(2))), Map.of());
        assertThrows(IllegalArgumentException.class, () -> bad.write(file));
        assertEquals(1f, SafeTensors.read(file).tensors().get("x").floatAt(0));
    }

    @Test
    void shouldRefuseAFileCutAnywhere() throws IOException {
        final byte[] whole = Files.readAllBytes(file(FOREIGN, DATA));
        for (int length = 0; length < whole.length; length++) {
            final Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
            final MalformedFileException e = assertThrows(MalformedFileException.class, () -> SafeTensors.read(cut));
            assertEquals(cut.toString(), e.file());
            assertTrue(e.offset() <= length, e.getMessage());
        }
    }

    @Test
    void shouldRefuseBytesAfterTheLastTensor() throws IOException {
        assertRefused(FOREIGN, Arrays.copyOf(DATA, 7), "1 bytes follow");
    }

    @ParameterizedTest
    @CsvSource({"1, 2 to", "-1, 18446744073709551615", "100000001, 100000000", "9223372036854775807, 2 to"})
    void shouldRefuseAHeaderOfImpossibleLength(final long length, final String said) throws IOException {
        final ByteBuffer bytes =
                ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        final Path file = Files.write(folder.resolve("length"), bytes.array());
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> SafeTensors.read(file));
        assertEquals(0, e.offset());
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    @Test
    void shouldSayWhatIsWrongInAHeader() throws IOException {
        refused("[]", "does not begin with {");
        refused("{\"a\":}", "not JSON");
        refused("{} {}", "not JSON");
        refused("{\"a\":{},\"a\":{}}", "not JSON"); // a duplicate
        refused(FOREIGN.replace("\"I8\"", "\"I9\""), "dtype \"I9\"");
        refused(FOREIGN.replace("[1,1]", "[1,-1]"), "shape");
        refused(FOREIGN.replace("[1,1]", "[1.5]"), "shape");
        refused(FOREIGN.replace("[1,1]", "3"), "shape is not a list");
        refused(FOREIGN.replace("[1,1]", "[4611686018427387904,4]"), "too many elements");
        refused(FOREIGN.replace("[1,1]", "[1,2]"), "which has 8 bytes");
        refused(FOREIGN.replace("[4,6]", "[6,4]"), "data_offsets");
        refused(FOREIGN.replace("[4,6]", "[4]"), "data_offsets");
        refused(FOREIGN.replace("[4,6]", "[4,99999]"), "6 bytes of data");
        refused(FOREIGN.replace("[4,6]", "[3,5]"), "the one before ends at 4");
        refused(FOREIGN.replace("[4,6]", "[5,6]").replace("[2]", "[1]"), "no tensor owns those from 4");
        refused(FOREIGN.replace("\"pt\"", "1"), "not a string");
    }

    private void refused(final String header, final String said) throws IOException {
        assertRefused(header, DATA, said);
    }

    private void assertRefused(final String header, final byte[] data, final String said) throws IOException {
        final Path file = file(header, data);
        final MalformedFileException e = assertThrows(MalformedFileException.class, () -> SafeTensors.read(file));
        assertTrue(e.getMessage().startsWith(file + ": at byte "), e.getMessage());
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    private Path file(final String header, final byte[] data) throws IOException {
        final byte[] text = header.getBytes(StandardCharsets.UTF_8);
        final ByteBuffer bytes =
                ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text).put(data);
        return Files.write(folder.resolve("foreign.safetensors"), bytes.array());
    }

    private static byte[] elements(final Tensor tensor) {
        final Tensor dense = Tensor.allocate(tensor.type(), tensor.shape());
        tensor.copyTo(dense);
        return dense.segment().toArray(ValueLayout.JAVA_BYTE);
    }
}
