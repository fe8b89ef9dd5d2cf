package dev.tern.compress;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.model.BatchNorm;
import dev.tern.model.BatchNormFolding;
import dev.tern.model.Binarized;
import dev.tern.model.Dequantize;
import dev.tern.model.Dropout;
import dev.tern.model.Flatten;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.GraphBuilder;
import dev.tern.model.LastStep;
import dev.tern.model.Layer;
import dev.tern.model.LstmLayer;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import dev.tern.model.Pooling;
import dev.tern.model.Precision;
import dev.tern.model.Quantize;
import dev.tern.model.Relu;
import dev.tern.model.Softmax;
import dev.tern.model.ValueType;
import dev.tern.model.Weighted;
import dev.tern.nn.Pixels;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Float graph to int8 graph, without training: S8 weights with a scale for each output, U8 values between layers with
 * ranges from calibration, bias, ReLU and requantization in one epilogue. Images go in as they are. Outputs, and values
 * that a layer of floats reads, stay F32.
 */
public final class PostTrainingQuantization {
    private final Engine engine;
    private Thresholds thresholds = Thresholds.MEAN_SQUARED_ERROR;
    private Set<String> kept = Set.of();

    public PostTrainingQuantization(final Engine engine) {
        this.engine = Objects.requireNonNull(engine, "engine");
    }

    public PostTrainingQuantization thresholds(final Thresholds choice) {
        thresholds = Objects.requireNonNull(choice, "thresholds");
        return this;
    }

    /** Leaves the layers of these names in floats. */
    public PostTrainingQuantization keep(final Collection<String> layers) {
        kept = Set.copyOf(layers);
        return this;
    }

    /** {@code calibration}: some hundreds of training samples. */
    public Graph quantize(final Graph graph, final Samples calibration) {
        if (calibration.size() == 0) {
            throw new IllegalArgumentException("calibration: got no samples, allowed: at least 1");
        }
        final Samples inputs = Transform.of(graph, calibration.format()).centred(calibration);
        if (inputs.type() != DataType.U8) {
            throw new IllegalArgumentException(
                    "calibration: got normalized inputs, allowed: bytes of images as they are");
        }
        return new Conversion(Fusion.fuse(BatchNormFolding.fold(graph))).convert(inputs);
    }

    /** Builds the new graph. A value is made in integers where nothing but layers of integers reads it. */
    private final class Conversion {
        private final Graph graph;
        private final String input;
        private final GraphBuilder result;
        private final Map<String, Precision> precisions = new HashMap<>();
        private final Set<String> converted = new HashSet<>();

        Conversion(final Graph graph) {
            this.graph = graph;
            this.input = graph.inputs().keySet().iterator().next();
            result = Graph.builder(graph.name());
        }

        Graph convert(final Samples calibration) {
            precisions.put(input, Pixels.PRECISION);
            Calibration.observe(graph, calibrated(), calibration, engine)
                    .forEach((value, seen) ->
                            precisions.put(value, new Precision(DataType.U8, thresholds.choose(seen, DataType.U8))));
            result.input(
                    input, new ValueType(Pixels.PRECISION, graph.inputType().sample()));
            graph.nodes().forEach(this::convert);
            graph.metadata().forEach(result::metadata);
            return result.metadata("quantization", "int8, %s of %d samples".formatted(thresholds, calibration.size()))
                    .outputs(graph.outputs())
                    .build();
        }

        /** The values that some layer of integers reads, but for the input, whose precision is known. */
        private List<String> calibrated() {
            return graph.nodes().stream()
                    .filter(this::isConverted)
                    .map(node -> root(node.inputs().getFirst()))
                    .filter(value -> !value.equals(input))
                    .distinct()
                    .toList();
        }

        /** What a value has the numbers of. */
        private String root(final String value) {
            for (final Node node : graph.nodes()) {
                if (node.name().equals(value) && carries(node.layer())) {
                    return root(node.inputs().getFirst());
                }
            }
            return value;
        }

        private void convert(final Node node) {
            final String from = node.inputs().getFirst();
            switch (node.layer()) {
                case Weighted sums
                when isConverted(node) ->
                    result.node(new Node(node.name(), convert(node, sums), List.of(integers(from))));
                case Weighted _, Binarized _, LstmLayer _, BatchNorm _, LastStep _, Relu _, Softmax _, Dropout _ -> {
                    node.layer().parameters().forEach(this::copyParameter);
                    result.node(new Node(node.name(), node.layer(), List.of(floats(from))));
                }
                case Flatten _, Pooling _ -> {
                    final String read = isInteger(node.name()) ? integers(from) : floats(from);
                    result.node(new Node(node.name(), node.layer(), List.of(read)));
                }
                case Quantize _, Dequantize _ ->
                    throw new IllegalArgumentException(
                            "node '%s': %s is quantized already".formatted(node.name(), graph.name()));
            }
        }

        private boolean isConverted(final Node node) {
            return node.layer() instanceof Weighted && !kept.contains(node.name());
        }

        /** Whether a layer's value has the numbers of its input, so that integers go through as they are. */
        private static boolean carries(final Layer layer) {
            return layer instanceof Flatten || layer instanceof Pooling;
        }

        private void copyParameter(final String name) {
            if (converted.add(name)) {
                result.parameter(graph.parameters().get(name));
            }
        }

        private Weighted convert(final Node node, final Weighted sums) {
            final Precision from = precisions.get(root(node.inputs().getFirst()));
            final Precision to = isInteger(node.name()) ? precisions.get(node.name()) : Precision.F32;
            final String suffix = converted.contains(sums.weight()) ? "." + node.name() : "";
            converted.add(sums.weight());
            final Parameter bias =
                    sums.bias() == null ? null : graph.parameters().get(sums.bias());
            final QuantizedWeights weights = QuantizedWeights.of(
                    graph.parameters().get(sums.weight()).tensor(),
                    bias == null ? null : bias.tensor(),
                    from.quantization().scale(0));
            result.parameter(new Parameter(sums.weight() + suffix, weights.weight(), weights.quantization()));
            if (bias != null) {
                result.parameter(Parameter.of(sums.bias() + suffix, weights.bias()));
            }
            return sums.with(sums.weight() + suffix, bias == null ? null : sums.bias() + suffix, to);
        }

        private boolean isInteger(final String value) {
            if (value.equals(input)) {
                return true;
            }
            return isMadeByIntegers(value)
                    && !graph.outputs().contains(value)
                    && graph.nodes().stream()
                            .filter(node -> node.inputs().contains(value))
                            .allMatch(this::readsIntegers);
        }

        private boolean isMadeByIntegers(final String value) {
            return graph.nodes().stream()
                    .anyMatch(node -> node.name().equals(value) && (isConverted(node) || carries(node.layer())));
        }

        private boolean readsIntegers(final Node node) {
            return isConverted(node) || carries(node.layer()) && isInteger(node.name());
        }

        /** The value as integers, quantized by a node of its own where it is made in floats. */
        private String integers(final String value) {
            return isInteger(value) ? value : inserted(value, ".quantized", new Quantize(precisions.get(root(value))));
        }

        private String floats(final String value) {
            return isInteger(value) ? inserted(value, ".dequantized", new Dequantize()) : value;
        }

        private String inserted(final String value, final String suffix, final Layer layer) {
            if (converted.add(value + suffix)) {
                result.node(new Node(value + suffix, layer, List.of(value)));
            }
            return value + suffix;
        }
    }
}
