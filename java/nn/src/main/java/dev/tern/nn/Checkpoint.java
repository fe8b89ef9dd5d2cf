package dev.tern.nn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.model.MalformedFileException;
import dev.tern.model.ModelFile;
import dev.tern.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a training stands between two epochs: all that it needs to go on to the same bits. Its file is that of a model,
 * which whoever wants just the model can read.
 *
 * @param graph with the parameters as they are
 * @param best with those of the best epoch so far by validation; where nothing is held back, as they are
 * @param settings what must be the same when training goes on, by name
 * @param choices of kernels, by {@link dev.tern.Engine#choices}
 * @param passes of the network
 * @param steps of the optimizer
 * @param memory of the optimizer, of all parts of the model one after the other
 * @param errors that the replicas' exchange keeps, of all replicas one after the other
 * @param epochs that are done
 */
public record Checkpoint(
        Graph graph,
        Graph best,
        Map<String, String> settings,
        Map<String, String> choices,
        long passes,
        long steps,
        float[] memory,
        float[] errors,
        List<EpochResult> epochs) {
    private static final String NAME = "tern.training";
    private static final String MEMORY = "optimizer";
    private static final String ERRORS = "exchange";
    private static final String BEST = "best/";
    private static final ObjectMapper JSON = new ObjectMapper();

    public Checkpoint {
        settings = Map.copyOf(settings);
        choices = Map.copyOf(choices);
        epochs = List.copyOf(epochs);
    }

    /** What is not a tensor. */
    record Words(
            Map<String, String> settings,
            Map<String, String> choices,
            long passes,
            long steps,
            List<EpochResult> epochs) {}

    /** Replaces {@code file} at once or not at all, so that a kill at any instant leaves the last good one. */
    public void write(final Path file) throws IOException {
        final Map<String, Tensor> tensors = new HashMap<>();
        tensors.put(MEMORY, Tensor.of(Shape.of(memory.length), memory));
        tensors.put(ERRORS, Tensor.of(Shape.of(errors.length), errors));
        best.parameters().values().forEach(parameter -> tensors.put(BEST + parameter.name(), parameter.tensor()));
        final String words = JSON.writeValueAsString(new Words(settings, choices, passes, steps, epochs));
        ModelFile.write(graph, new ModelFile.Extra(NAME, words, tensors), file);
    }

    public static Checkpoint read(final Path file) throws IOException {
        final Graph graph = ModelFile.read(file);
        final ModelFile.Extra extra = ModelFile.readExtra(NAME, file);
        try {
            final Words words = JSON.readValue(extra.words(), Words.class);
            return new Checkpoint(
                    graph,
                    best(graph, extra),
                    words.settings(),
                    words.choices(),
                    words.passes(),
                    words.steps(),
                    required(extra, MEMORY).toFloats(),
                    required(extra, ERRORS).toFloats(),
                    words.epochs());
        } catch (final JsonProcessingException | IllegalArgumentException | NullPointerException e) {
            final MalformedFileException malformed =
                    new MalformedFileException(file.toString(), 0, NAME + ": " + e.getMessage());
            malformed.initCause(e);
            throw malformed;
        }
    }

    private static Graph best(final Graph graph, final ModelFile.Extra extra) {
        final List<Parameter> parameters = new ArrayList<>();
        for (final String name : graph.parameters().keySet()) {
            parameters.add(Parameter.of(name, required(extra, BEST + name)));
        }
        return graph.withParameters(parameters);
    }

    private static Tensor required(final ModelFile.Extra extra, final String name) {
        final Tensor tensor = extra.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("tensor '%s' is missing".formatted(name));
        }
        return tensor;
    }

    /** Refuses to go on with other settings than those that it was made with. */
    void requireSettings(final Map<String, String> wanted) {
        for (final Map.Entry<String, String> setting : wanted.entrySet()) {
            final String made = settings.get(setting.getKey());
            if (!setting.getValue().equals(made)) {
                throw new IllegalArgumentException("%s: got %s, allowed: %s, with which the checkpoint was made"
                        .formatted(setting.getKey(), setting.getValue(), made));
            }
        }
    }
}
