package dev.tern.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tern.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named tensors in one file, in the safetensors format: the length N of the header as eight bytes, little-endian; N
 * bytes of JSON, {@code {"name": {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …}}, padded with spaces;
 * then the elements, without gaps.
 */
public final class SafeTensors {
    static final int LENGTH_BYTES = Long.BYTES;
    private static final int DATA_ALIGNMENT = 64;
    private static final int CHUNK_BYTES = 1 << 28;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;

    public SafeTensors(final Map<String, Tensor> tensors, final Map<String, String> metadata) {
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** The strings under {@code __metadata__}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Copies everything into memory; what breaks the format is refused before anything large is allocated. */
    public static SafeTensors read(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final SafeTensorsHeader header = SafeTensorsHeader.read(file, channel);
            final Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (final SafeTensorsHeader.Entry entry : header.entries()) {
                final Tensor tensor = Tensor.allocate(entry.type(), entry.shape());
                readFully(channel, header.dataStart() + entry.begin(), tensor.segment(), file);
                tensors.put(entry.name(), tensor);
            }
            return new SafeTensors(tensors, header.metadata());
        }
    }

    private static void readFully(
            final FileChannel channel, final long position, final MemorySegment into, final Path file)
            throws IOException {
        for (long done = 0; done < into.byteSize(); ) {
            final long chunk = Math.min(CHUNK_BYTES, into.byteSize() - done);
            final int read = channel.read(into.asSlice(done, chunk).asByteBuffer(), position + done);
            if (read < 0) {
                throw new MalformedFileException(file.toString(), position + done, "the file ends inside a tensor");
            }
            done += read;
        }
    }

    /** Writes beside {@code file}, then renames, so that {@code file} is always the old one or the new one, whole. */
    public void write(final Path file) throws IOException {
        final Path target = file.toAbsolutePath();
        final Path staged = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".part");
        try {
            try (FileChannel channel = FileChannel.open(staged, StandardOpenOption.WRITE)) {
                write(channel);
                channel.force(true);
            }
            Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(staged);
        }
    }

    private void write(final FileChannel channel) throws IOException {
        // The widest elements come first, so that each tensor is aligned to its own elements without gaps.
        final List<Map.Entry<String, Tensor>> ordered = tensors.entrySet().stream()
                .sorted(Comparator.comparing(entry -> -entry.getValue().type().bits()))
                .toList();
        writeFully(channel, ByteBuffer.wrap(header(ordered)));
        for (final Map.Entry<String, Tensor> entry : ordered) {
            final MemorySegment elements = dense(entry.getValue());
            for (long done = 0; done < elements.byteSize(); done += CHUNK_BYTES) {
                final long chunk = Math.min(CHUNK_BYTES, elements.byteSize() - done);
                writeFully(channel, elements.asSlice(done, chunk).asByteBuffer());
            }
        }
    }

    private static MemorySegment dense(final Tensor tensor) {
        final Tensor copy = Tensor.allocate(tensor.type(), tensor.shape());
        tensor.copyTo(copy);
        return copy.segment();
    }

    private byte[] header(final List<Map.Entry<String, Tensor>> ordered) throws JsonProcessingException {
        final ObjectNode json = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            final ObjectNode words = json.putObject(SafeTensorsHeader.METADATA);
            metadata.forEach(words::put);
        }
        long offset = 0;
        for (final Map.Entry<String, Tensor> entry : ordered) {
            final Tensor tensor = entry.getValue();
            final ObjectNode described = json.putObject(entry.getKey());
            described.put("dtype", SafeTensorsHeader.word(tensor.type()));
            Arrays.stream(tensor.shape().lengths()).forEach(described.putArray("shape")::add);
            final long end = offset + tensor.type().bytes(tensor.shape().elements());
            described.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        return padded(JSON.writeValueAsBytes(json));
    }

    private static byte[] padded(final byte[] json) {
        final int length = Math.ceilDiv(LENGTH_BYTES + json.length, DATA_ALIGNMENT) * DATA_ALIGNMENT;
        final byte[] header = new byte[length];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(length - LENGTH_BYTES);
        System.arraycopy(json, 0, header, LENGTH_BYTES, json.length);
        return header;
    }

    private static void writeFully(final FileChannel channel, final ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
