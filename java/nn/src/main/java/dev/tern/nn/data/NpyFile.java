package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array of numbers in numpy's format {@code .npy}, versions 1 to 3: {@code 93 "NUMPY"}, two bytes of version, the
 * length of the header in two bytes or from version 2 on in four, the header, a Python dictionary, then the elements in
 * row-major order, little-endian.
 */
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER_BYTES = 1 << 16;
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

    /** Bytes of an element by type, as numpy writes it. */
    private static final Map<String, Integer> WIDTHS =
            Map.of("|u1", 1, "|i1", 1, "<u2", 2, "<i2", 2, "<u4", 4, "<i4", 4, "<i8", 8, "<f4", 4, "<f8", 8);

    private final String source;
    private final String type;
    private final int[] dimensions;
    private final byte[] bytes;

    private NpyFile(final String source, final String type, final int[] dimensions, final byte[] bytes) {
        this.source = source;
        this.type = type;
        this.dimensions = dimensions;
        this.bytes = bytes;
    }

    public static NpyFile read(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in);
        }
    }

    /** {@code source} names the stream in error messages. */
    public static NpyFile read(final String source, final InputStream in) throws IOException {
        final ByteReader reader = new ByteReader(source, in);
        if (!Arrays.equals(reader.take(MAGIC.length, "the magic number"), MAGIC)) {
            throw reader.error(0, "not an array of numpy: it does not begin with 93 NUMPY");
        }
        final int version = reader.take(2, "the version")[0];
        if (version < 1 || version > 3) {
            throw reader.error(MAGIC.length, "version %d; 1 to 3 are read", version & 0xff);
        }
        final int length = headerLength(reader, version == 1 ? 2 : 4);
        final long at = reader.offset();
        final String header = new String(reader.take(length, "the header"), StandardCharsets.UTF_8);
        final String type = type(reader, at, header);
        final int[] dimensions = dimensions(reader, at, header, WIDTHS.get(type));
        int size = WIDTHS.get(type);
        for (final int dimension : dimensions) {
            size *= dimension;
        }
        final byte[] bytes = reader.take(size, "the elements");
        reader.requireEnd("the last element");
        return new NpyFile(source, type, dimensions, bytes);
    }

    private static int headerLength(final ByteReader reader, final int size) throws IOException {
        final long at = reader.offset();
        final byte[] word = reader.take(size, "the header's length");
        final long length = ByteBuffer.wrap(Arrays.copyOf(word, Long.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (length > MAX_HEADER_BYTES) {
            throw reader.error(at, "a header of %d bytes; %d are read", length, MAX_HEADER_BYTES);
        }
        return (int) length;
    }

    private static String type(final ByteReader reader, final long at, final String header) throws IOException {
        final String type = field(reader, at, header, TYPE);
        if (!WIDTHS.containsKey(type)) {
            throw reader.error(
                    at,
                    "elements of type %s; %s are read",
                    type,
                    WIDTHS.keySet().stream().sorted().toList());
        }
        if (field(reader, at, header, ORDER).equals("True")) {
            throw reader.error(at, "an array in Fortran's order; numpy.ascontiguousarray makes it one that is read");
        }
        return type;
    }

    private static int[] dimensions(final ByteReader reader, final long at, final String header, final int width)
            throws IOException {
        final String[] words = field(reader, at, header, SHAPE).split("[,\\s]+");
        final int[] dimensions = new int[words.length == 1 && words[0].isEmpty() ? 0 : words.length];
        long size = width;
        for (int axis = 0; axis < dimensions.length; axis++) {
            final long length = words[axis].length() > 10 ? Integer.MAX_VALUE : Long.parseLong(words[axis]);
            size *= length;
            if (length > Integer.MAX_VALUE || size > Integer.MAX_VALUE - 16) {
                throw reader.error(at, "shape (%s): more than 2^31 bytes", String.join(", ", words));
            }
            dimensions[axis] = (int) length;
        }
        return dimensions;
    }

    private static String field(final ByteReader reader, final long at, final String header, final Pattern pattern)
            throws MalformedFileException {
        final Matcher found = pattern.matcher(header);
        if (!found.find()) {
            throw reader.error(at, "the header lacks %s: %s", pattern.pattern().split("'")[1], header.strip());
        }
        return found.group(1).strip();
    }

    public int rank() {
        return dimensions.length;
    }

    public int dimension(final int axis) {
        return dimensions[axis];
    }

    /** As numpy writes it: {@code |u1} for unsigned bytes, {@code <f4} for floats. */
    public String type() {
        return type;
    }

    /** The elements as they are stored, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    /** The elements of any type as floats. */
    public float[] floats() {
        final ByteBuffer elements = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        final float[] floats = new float[bytes.length / WIDTHS.get(type)];
        if (type.equals("<f4")) {
            elements.asFloatBuffer().get(floats);
            return floats;
        }
        for (int i = 0; i < floats.length; i++) {
            floats[i] = type.equals("<f8") ? (float) elements.getDouble() : integer(elements);
        }
        return floats;
    }

    /** The elements of a type of whole numbers. */
    public long[] integers() throws MalformedFileException {
        if (type.startsWith("<f")) {
            throw new MalformedFileException(source, MAGIC.length, "elements of type " + type + ", not whole numbers");
        }
        final ByteBuffer elements = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        final long[] integers = new long[bytes.length / WIDTHS.get(type)];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = integer(elements);
        }
        return integers;
    }

    private long integer(final ByteBuffer elements) {
        return switch (type) {
            case "|u1" -> elements.get() & 0xff;
            case "|i1" -> elements.get();
            case "<u2" -> elements.getShort() & 0xffff;
            case "<i2" -> elements.getShort();
            case "<u4" -> elements.getInt() & 0xffff_ffffL;
            case "<i4" -> elements.getInt();
            default -> elements.getLong();
        };
    }
}
