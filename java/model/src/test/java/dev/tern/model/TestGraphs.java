package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Graphs with random parameters, for tests. */
final class TestGraphs {
    private TestGraphs() {}

    /** Every f32 parameter uniform in [-1, 1). */
    static Graph randomised(final Graph graph, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Parameter> changed = new ArrayList<>();
        for (final Parameter parameter : graph.parameters().values()) {
            changed.add(Parameter.of(parameter.name(), random(parameter.tensor().shape(), random)));
        }
        return graph.withParameters(changed);
    }

    static Tensor random(final Shape shape, final SplittableRandom random) {
        final float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return Tensor.of(shape, values);
    }

    static Tensor randomBytes(final DataType type, final Shape shape, final SplittableRandom random) {
        final byte[] values = new byte[Math.toIntExact(shape.elements())];
        random.nextBytes(values);
        if (type == DataType.S8) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (byte) Math.max(values[i], -127);
            }
        }
        return Tensor.of(type, shape, values);
    }

    /** u8 in, a hidden u8 value, f32 out: the int8 form of a perceptron. */
    static Graph quantizedPerceptron(final int inputs, final int hidden, final int outputs, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final GraphBuilder builder =
                Graph.builder("int8").input("pixels", new ValueType(Precision.u8(1 / 255f, 0), Shape.of(inputs)));
        quantizedParameters(builder, "fc1", inputs, hidden, random);
        quantizedParameters(builder, "fc2", hidden, outputs, random);
        return builder.add("fc1", new Linear("fc1.weight", "fc1.bias", Activation.RELU, Precision.u8(0.037f, 3)))
                .add("fc2", new Linear("fc2.weight", "fc2.bias", Activation.NONE, Precision.F32))
                .build();
    }

    private static void quantizedParameters(
            final GraphBuilder builder, final String node, final int k, final int n, final SplittableRandom random) {
        final float[] scales = new float[n];
        final int[] biases = new int[n];
        for (int i = 0; i < n; i++) {
            scales[i] = (float) random.nextDouble(0.001, 0.01);
            biases[i] = random.nextInt(-20_000, 20_000);
        }
        builder.parameter(new Parameter(
                node + ".weight", randomBytes(DataType.S8, Shape.of(n, k), random), Quantization.perChannel(scales)));
        builder.parameter(Parameter.of(node + ".bias", Tensor.of(Shape.of(n), biases)));
    }
}
