package dev.tern.model;

import dev.tern.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A graph in one safetensors file. The description, in JSON, is a string of the file's metadata, so that graph and
 * tensors cannot part, one rename replaces both, and any reader of safetensors finds the tensors.
 *
 * <p>Beside the graph there may be {@link Extra}s, which are no part of it.
 */
public final class ModelFile {
    private static final String DESCRIPTION = "tern.graph";

    private ModelFile() {}

    /**
     * What somebody keeps in the file of a model beside the model.
     *
     * @param name of the metadata that has the words; tensors are called {@code name/…} in the file
     */
    public record Extra(String name, String words, Map<String, Tensor> tensors) {
        private String prefix() {
            return name + '/';
        }
    }

    /** Replaces {@code file} at once or not at all. */
    public static void write(final Graph graph, final Path file) throws IOException {
        content(graph).write(file);
    }

    /** The same with an extra. */
    public static void write(final Graph graph, final Extra extra, final Path file) throws IOException {
        final SafeTensors content = content(graph);
        final Map<String, Tensor> tensors = new LinkedHashMap<>(content.tensors());
        extra.tensors().forEach((name, tensor) -> tensors.put(extra.prefix() + name, tensor));
        final Map<String, String> metadata = new LinkedHashMap<>(content.metadata());
        metadata.put(extra.name(), extra.words());
        new SafeTensors(tensors, metadata).write(file);
    }

    private static SafeTensors content(final Graph graph) {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        graph.parameters().values().forEach(parameter -> tensors.put(parameter.name(), parameter.tensor()));
        return new SafeTensors(tensors, Map.of(DESCRIPTION, GraphJson.write(graph)));
    }

    /** The model, without what else the file holds. */
    public static Graph read(final Path file) throws IOException {
        return graph(SafeTensors.read(file), file);
    }

    /** What {@link #write(Graph, Extra, Path)} wrote beside the model under that name; refuses a file without. */
    public static Extra readExtra(final String name, final Path file) throws IOException {
        final SafeTensors content = SafeTensors.read(file);
        final Extra extra = new Extra(name, required(content, name, file), new LinkedHashMap<>());
        content.tensors().forEach((tensor, elements) -> {
            if (tensor.startsWith(extra.prefix())) {
                extra.tensors().put(tensor.substring(extra.prefix().length()), elements);
            }
        });
        return extra;
    }

    private static String required(final SafeTensors content, final String name, final Path file)
            throws MalformedFileException {
        final String words = content.metadata().get(name);
        if (words == null) {
            throw new MalformedFileException(
                    file.toString(), SafeTensors.LENGTH_BYTES, "its metadata has no '%s'".formatted(name));
        }
        return words;
    }

    private static Graph graph(final SafeTensors content, final Path file) throws MalformedFileException {
        final String description = required(content, DESCRIPTION, file);
        final Map<String, Tensor> parameters = new LinkedHashMap<>(content.tensors());
        content.metadata().keySet().forEach(extra -> parameters.keySet().removeIf(n -> n.startsWith(extra + '/')));
        try {
            return GraphJson.read(description, parameters);
        } catch (final IllegalArgumentException e) {
            final MalformedFileException malformed = new MalformedFileException(
                    file.toString(), SafeTensors.LENGTH_BYTES, DESCRIPTION + ": " + e.getMessage());
            malformed.initCause(e);
            throw malformed;
        }
    }
}
