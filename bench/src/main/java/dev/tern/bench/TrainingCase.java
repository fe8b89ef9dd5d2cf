package dev.tern.bench;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.TensorType;
import dev.tern.model.Graph;
import dev.tern.model.Layer;
import dev.tern.model.LstmLayer;
import dev.tern.model.Models;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import dev.tern.model.ValueType;
import dev.tern.model.Weighted;
import dev.tern.nn.Initializer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A step of training: forward, softmax cross-entropy, backward, Adam, on one batch in memory. Operand a is the batch, b
 * all parameters in the order of the graph, y the gradient by them. The learning rate is so small that all steps are
 * alike.
 */
public record TrainingCase(String model, int batch) implements BenchCase {
    public static final float LEARNING_RATE = 1e-10f;

    private static final long WARM_UP_NANOS = 2_000_000_000L;

    private static final Pattern SHAPE = Pattern.compile("([a-z][a-z0-9-]*)-([1-9]\\d{0,4})");

    public static TrainingCase of(final GemmType type, final String shape) {
        final Matcher words = SHAPE.matcher(shape);
        if (!words.matches() || type != GemmType.F32 || !Models.names().contains(words.group(1))) {
            throw new IllegalArgumentException("type, shape: got " + type.label() + " " + shape
                    + ", allowed: f32 MODEL-BATCH, with MODEL one of " + Models.names());
        }
        return new TrainingCase(words.group(1), Integer.parseInt(words.group(2)));
    }

    /**
     * Runs steps for as long as the compiler of the JVM takes to be done with what is around the kernels: training goes
     * on for minutes, and a system's turns are short.
     */
    public static void warmUp(final Runnable step) {
        final long start = System.nanoTime();
        while (System.nanoTime() - start < WARM_UP_NANOS) {
            step.run();
        }
    }

    @Override
    public GemmType type() {
        return GemmType.F32;
    }

    @Override
    public String shape() {
        return model + "-" + batch;
    }

    private Graph blank() {
        return Models.byName(model);
    }

    /** The model with the parameters of operand b. */
    public Graph graph(final MemorySegment b) {
        final List<Parameter> parameters = new ArrayList<>();
        long at = 0;
        for (final Parameter parameter : blank().parameters().values()) {
            final MemorySegment values = b.asSlice(at, parameter.bytes());
            parameters.add(Parameter.of(
                    parameter.name(),
                    Tensor.wrap(values, DataType.F32, parameter.tensor().shape())));
            at += parameter.bytes();
        }
        return blank().withParameters(parameters);
    }

    /** The classes of the batch. */
    public int[] labels() {
        return IntStream.range(0, batch).map(sample -> (7 * sample + 3) % 10).toArray();
    }

    @Override
    public TensorType a() {
        return new TensorType(DataType.F32, blank().inputType().shape(batch));
    }

    @Override
    public TensorType b() {
        return new TensorType(DataType.F32, Shape.of(bytesB() / Float.BYTES));
    }

    @Override
    public TensorType y() {
        return b();
    }

    @Override
    public long rows() {
        return batch;
    }

    @Override
    public long items() {
        return batch;
    }

    @Override
    public long bytesA() {
        return blank().inputType().bytes(batch);
    }

    @Override
    public long bytesB() {
        return blank().parameterBytes();
    }

    @Override
    public long bytesY() {
        return bytesB();
    }

    /** Parameters as training begins with them. */
    @Override
    public void adjust(final MemorySegment b, final SplittableRandom random) {
        final Graph initial = Initializer.initialise(blank(), random.nextLong());
        long at = 0;
        for (final Parameter parameter : initial.parameters().values()) {
            final float[] values = parameter.tensor().toFloats();
            MemorySegment.copy(values, 0, b, ValueLayout.JAVA_FLOAT, at, values.length);
            at += parameter.bytes();
        }
    }

    /** Of the products alone: each sum's, its gradient's by the weights, and that by the input but for the first. */
    @Override
    public long operations() {
        final Graph graph = blank();
        long sum = 0;
        for (final Node node : graph.nodes()) {
            final ValueType input = graph.type(node.inputs().getFirst());
            final boolean first = graph.inputs().containsKey(node.inputs().getFirst());
            sum += operations(node.layer(), input, graph, first);
        }
        return sum;
    }

    private long operations(final Layer layer, final ValueType input, final Graph graph, final boolean first) {
        return switch (layer) {
            case Weighted sums -> (first ? 2 : 3) * forward(sums.operation(input, graph.parameters()));
            case LstmLayer lstm -> {
                final long hidden = lstm.operation(input, graph.parameters()).hidden();
                final long steps = input.sample().length(0);
                final long inputs = input.sample().length(1);
                yield 2 * batch * steps * 4 * hidden * (3 * hidden + (first ? 2 : 3) * inputs);
            }
            default -> 0;
        };
    }

    private long forward(final Operation operation) {
        return operation.operations(operation instanceof final Conv2d conv ? batch * conv.positions() : batch);
    }
}
