package dev.tern.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tern.DataType;
import dev.tern.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The header of a safetensors file, checked against the size of the file. */
record SafeTensorsHeader(long dataStart, List<Entry> entries, Map<String, String> metadata) {
    static final String METADATA = "__metadata__";
    /** The limit of the reference implementation. */
    private static final long MAX_BYTES = 100_000_000;

    private static final Map<String, DataType> TYPES = Map.of(
            "F32", DataType.F32, "BF16", DataType.BF16, "I32", DataType.S32, "I8", DataType.S8, "U8", DataType.U8);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** One tensor; {@code begin} and {@code end} count bytes from the start of the data. */
    record Entry(String name, DataType type, Shape shape, long begin, long end) {}

    static String word(final DataType type) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("safetensors has no type for " + type));
    }

    static SafeTensorsHeader read(final Path file, final FileChannel channel) throws IOException {
        return new Parser(file.toString(), channel.size()).parse(channel);
    }

    private static final class Parser {
        private final String file;
        private final long fileBytes;
        private long dataStart;

        Parser(final String file, final long fileBytes) {
            this.file = file;
            this.fileBytes = fileBytes;
        }

        SafeTensorsHeader parse(final FileChannel channel) throws IOException {
            final JsonNode json = json(channel);
            final List<Entry> entries = new ArrayList<>();
            final Map<String, String> metadata = new LinkedHashMap<>();
            for (final Map.Entry<String, JsonNode> field : json.properties()) {
                if (field.getKey().equals(METADATA)) {
                    readMetadata(field.getValue(), metadata);
                } else {
                    entries.add(entry(field.getKey(), field.getValue()));
                }
            }
            requireWithoutGaps(entries);
            return new SafeTensorsHeader(dataStart, List.copyOf(entries), metadata);
        }

        private JsonNode json(final FileChannel channel) throws IOException {
            final ByteBuffer length = take(channel, 0, SafeTensors.LENGTH_BYTES, "the header's length");
            final long headerBytes = length.order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (headerBytes < 2 || headerBytes > MAX_BYTES) {
                throw error(
                        0,
                        "a header of %s bytes; 2 to %d are read"
                                .formatted(Long.toUnsignedString(headerBytes), MAX_BYTES));
            }
            final ByteBuffer text = take(channel, SafeTensors.LENGTH_BYTES, (int) headerBytes, "the header");
            dataStart = SafeTensors.LENGTH_BYTES + headerBytes;
            if (text.get(0) != '{') {
                throw error(SafeTensors.LENGTH_BYTES, "the header does not begin with {");
            }
            try {
                return JSON.readTree(text.array());
            } catch (final JsonProcessingException e) {
                final long at = Math.max(
                        0, e.getLocation() == null ? 0 : e.getLocation().getByteOffset());
                throw error(SafeTensors.LENGTH_BYTES + at, "the header is not JSON: " + e.getOriginalMessage());
            }
        }

        private ByteBuffer take(final FileChannel channel, final long position, final int bytes, final String what)
                throws IOException {
            if (position + bytes > fileBytes) {
                throw error(fileBytes, "the file ends in %s, which has %d bytes".formatted(what, bytes));
            }
            final ByteBuffer buffer = ByteBuffer.allocate(bytes);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw error(position + buffer.position(), "the file ends in " + what);
                }
            }
            return buffer.flip();
        }

        private void readMetadata(final JsonNode words, final Map<String, String> into) throws MalformedFileException {
            for (final Map.Entry<String, JsonNode> word : words.properties()) {
                if (!word.getValue().isTextual()) {
                    throw inHeader(METADATA, "'" + word.getKey() + "' is not a string");
                }
                into.put(word.getKey(), word.getValue().textValue());
            }
        }

        private Entry entry(final String name, final JsonNode described) throws MalformedFileException {
            final DataType type = TYPES.get(described.path("dtype").asText());
            if (type == null) {
                throw inHeader(name, "dtype %s; read are %s".formatted(described.path("dtype"), TYPES.keySet()));
            }
            final Shape shape = shape(name, described.path("shape"));
            final long[] offsets = numbers(name, "data_offsets", described.path("data_offsets"));
            if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > fileBytes - dataStart) {
                throw inHeader(
                        name,
                        "data_offsets %s; the file holds %d bytes of data"
                                .formatted(described.path("data_offsets"), fileBytes - dataStart));
            }
            final long bytes = bytes(name, type, shape);
            if (offsets[1] - offsets[0] != bytes) {
                throw inHeader(
                        name,
                        "data_offsets %s for %s%s, which has %d bytes"
                                .formatted(described.path("data_offsets"), type, shape, bytes));
            }
            return new Entry(name, type, shape, offsets[0], offsets[1]);
        }

        private Shape shape(final String name, final JsonNode sizes) throws MalformedFileException {
            final long[] lengths = numbers(name, "shape", sizes);
            try {
                return Shape.of(lengths);
            } catch (final ArithmeticException e) {
                throw inHeader(name, "shape " + sizes + " has too many elements");
            }
        }

        private long bytes(final String name, final DataType type, final Shape shape) throws MalformedFileException {
            try {
                return type.bytes(shape.elements());
            } catch (final ArithmeticException e) {
                throw inHeader(name, "shape " + shape + " has too many bytes");
            }
        }

        private long[] numbers(final String name, final String what, final JsonNode array)
                throws MalformedFileException {
            final long[] numbers = new long[array.size()];
            if (!array.isArray()) {
                throw inHeader(name, what + " is not a list");
            }
            for (int i = 0; i < numbers.length; i++) {
                if (!array.get(i).isIntegralNumber()
                        || !array.get(i).canConvertToLong()
                        || array.get(i).longValue() < 0) {
                    throw inHeader(name, "%s %s; wanted are integers of at least 0".formatted(what, array));
                }
                numbers[i] = array.get(i).longValue();
            }
            return numbers;
        }

        private void requireWithoutGaps(final List<Entry> entries) throws MalformedFileException {
            entries.sort(Comparator.comparing(Entry::begin).thenComparing(Entry::end));
            long end = 0;
            for (final Entry entry : entries) {
                if (entry.begin() != end) {
                    throw error(
                            dataStart + Math.min(entry.begin(), end),
                            "tensor '%s' begins at data byte %d; %s"
                                    .formatted(
                                            entry.name(),
                                            entry.begin(),
                                            entry.begin() < end
                                                    ? "the one before ends at " + end
                                                    : "no tensor owns those from " + end));
                }
                end = entry.end();
            }
            if (end != fileBytes - dataStart) {
                throw error(dataStart + end, "%d bytes follow the last tensor".formatted(fileBytes - dataStart - end));
            }
        }

        /** An error in what the header says about one name. */
        private MalformedFileException inHeader(final String name, final String problem) {
            return error(SafeTensors.LENGTH_BYTES, "header, '%s': %s".formatted(name, problem));
        }

        private MalformedFileException error(final long at, final String problem) {
            return new MalformedFileException(file, at, problem);
        }
    }
}
