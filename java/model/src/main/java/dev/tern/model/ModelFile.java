package dev.tern.model;

import dev.tern.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A graph in one safetensors file. The description, in JSON, is a string of the file's metadata, so that graph and
 * tensors cannot part, one rename replaces both, and any reader of safetensors finds the tensors.
 */
public final class ModelFile {
    private static final String DESCRIPTION = "tern.graph";

    private ModelFile() {}

    /** Replaces {@code file} at once or not at all. */
    public static void write(final Graph graph, final Path file) throws IOException {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        graph.parameters().values().forEach(parameter -> tensors.put(parameter.name(), parameter.tensor()));
        new SafeTensors(tensors, Map.of(DESCRIPTION, GraphJson.write(graph))).write(file);
    }

    public static Graph read(final Path file) throws IOException {
        final SafeTensors content = SafeTensors.read(file);
        final String description = content.metadata().get(DESCRIPTION);
        if (description == null) {
            throw new MalformedFileException(
                    file.toString(), SafeTensors.LENGTH_BYTES, "its metadata has no '%s'".formatted(DESCRIPTION));
        }
        try {
            return GraphJson.read(description, content.tensors());
        } catch (final IllegalArgumentException e) {
            final MalformedFileException malformed = new MalformedFileException(
                    file.toString(), SafeTensors.LENGTH_BYTES, DESCRIPTION + ": " + e.getMessage());
            malformed.initCause(e);
            throw malformed;
        }
    }
}
