package dev.tern.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.model.Linear;
import dev.tern.model.Models;
import dev.tern.model.Node;
import dev.tern.model.Parameter;
import dev.tern.model.Precision;
import dev.tern.model.ValueType;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Initializer;
import dev.tern.nn.Pixels;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PostTrainingQuantizationTest {
    private static final DataSet SAMPLE = EmbeddedSample.load();
    private static final Samples SOME = SAMPLE.train().slice(0, 300);
    private static Engine engine;
    private static Graph trained;

    @BeforeAll
    static void train() {
        engine = Engine.builder().threads(2).build();
        final Graph fresh = Initializer.initialise(Models.perceptron("small", 784, 32, 16, 10), 1);
        trained = new Trainer(fresh, engine)
                .epochs(3)
                .batch(32)
                .train(SAMPLE.train().slice(0, 3000))
                .graph();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheAccuracy(final Thresholds thresholds) {
        final Graph int8 =
                new PostTrainingQuantization(engine).thresholds(thresholds).quantize(trained, SOME);
        final double before = Evaluation.of(trained, SAMPLE.test(), engine).accuracy();
        final double after = Evaluation.of(int8, SAMPLE.test(), engine).accuracy();
        assertTrue(before >= 0.86, "before " + before);
        assertTrue(after >= before - 0.01, "before %f, after %f".formatted(before, after));
    }

    /** Digits of 28x28 in one channel, for a network of 24x24 in three: both forms see the same crops. */
    @Test
    void shouldCalibrateByCrops() {
        final Graph floats = Initializer.initialise(Models.byName("cnn"), 1);
        final Graph int8 = new PostTrainingQuantization(engine).quantize(floats, SOME);
        assertEquals(new ValueType(Pixels.PRECISION, Shape.of(24, 24, 3)), int8.inputType());
        final double before = Evaluation.of(floats, SOME, engine).loss();
        assertEquals(before, Evaluation.of(int8, SOME, engine).loss(), 0.01);
    }

    @Test
    void shouldRefuseNormalizedInputs() {
        final Graph normalized =
                Transform.none(SOME.format()).normalized(Normalization.of(SOME)).on(trained);
        final Exception e = assertThrows(
                IllegalArgumentException.class, () -> new PostTrainingQuantization(engine).quantize(normalized, SOME));
        assertTrue(e.getMessage().contains("got normalized inputs"), e.getMessage());
    }

    @Test
    void shouldStateEveryType() {
        final Graph int8 = new PostTrainingQuantization(engine).quantize(trained, SOME);
        assertEquals(
                List.of("fc1", "fc2", "fc3"),
                int8.nodes().stream().map(Node::name).toList());
        assertEquals(new ValueType(Pixels.PRECISION, Shape.of(784)), int8.inputType());
        assertEquals(DataType.U8, int8.type("fc1").precision().type());
        assertEquals(DataType.U8, int8.type("fc2").precision().type());
        assertEquals(Precision.F32, int8.type("fc3").precision());
        assertEquals(0, int8.type("fc1").precision().quantization().zeroPoint(0), "nothing is below 0 after ReLU");
        assertEquals((784 * 32 + 32 * 16 + 16 * 10) + 4 * (32 + 16 + 10), int8.parameterBytes());
    }

    @Test
    void shouldRoundEveryWeightToTheNearestStepOfItsRow() {
        final Tensor weight = trained.parameters().get("fc2.weight").tensor();
        final Tensor bias = trained.parameters().get("fc2.bias").tensor();
        final float inputScale = 0.02f;
        final QuantizedWeights quantized = QuantizedWeights.of(weight, bias, inputScale);
        for (int row = 0; row < 16; row++) {
            final float scale = quantized.quantization().scale(row);
            int largest = 0;
            for (int column = 0; column < 32; column++) {
                final int q = quantized.weight().integerAt(row * 32 + column);
                largest = Math.max(largest, Math.abs(q));
                assertEquals(weight.floatAt(row * 32 + column), q * scale, scale * 0.5001);
            }
            assertEquals(127, largest, "the largest weight of a row takes the last step");
            final double step = (double) inputScale * scale;
            assertEquals(bias.floatAt(row), quantized.bias().integerAt(row) * step, step * 0.5001);
        }
    }

    @Test
    void shouldFitBiasesBesideTinyWeights() {
        final Tensor weight = Tensor.of(Shape.of(3, 2), 0, 0, 1e-12f, -1e-12f, 0, 0);
        final QuantizedWeights quantized = QuantizedWeights.of(weight, Tensor.of(Shape.of(3), 0.3f, -5, 0), 1 / 255f);
        for (int row = 0; row < 3; row++) {
            final double step = (double) (1 / 255f) * quantized.quantization().scale(row);
            final double real = new float[] {0.3f, -5, 0}[row];
            assertEquals(real, quantized.bias().integerAt(row) * step, 1e-6);
        }
    }

    /** The graph's numbers, layer by layer, with nothing but integers and single floats. */
    @Test
    void shouldComputeWhatItsTypesSayBitForBit() {
        final Graph int8 = new PostTrainingQuantization(engine).quantize(trained, SOME);
        final Samples images = SAMPLE.test().slice(0, 50);
        final Tensor x = Tensor.wrap(images.pixels(), DataType.U8, Shape.of(50, 784));
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(50, 10));
        try (Executor executor = Executor.compile(int8, engine, 50)) {
            executor.newContext().run(x, y);
        }
        int[] values = new int[50 * 784];
        for (int i = 0; i < values.length; i++) {
            values[i] = x.integerAt(i);
        }
        float[] reals = null;
        Precision from = Pixels.PRECISION;
        for (final Node node : int8.nodes()) {
            final Linear linear = (Linear) node.layer();
            final int[] sums = sums(int8, linear, values, from.quantization().zeroPoint(0));
            final Quantization weights = int8.parameters().get(linear.weight()).quantization();
            if (linear.output().isQuantized()) {
                values = requantized(
                        sums, from.quantization(), weights, linear.output().quantization());
            } else {
                reals = scaled(sums, from.quantization(), weights);
            }
            from = linear.output();
        }
        assertArrayEquals(reals, y.toFloats());
    }

    private static int[] sums(final Graph graph, final Linear linear, final int[] x, final int zeroPoint) {
        final Tensor weight = graph.parameters().get(linear.weight()).tensor();
        final Tensor bias = graph.parameters().get(linear.bias()).tensor();
        final int n = (int) weight.length(0);
        final int k = (int) weight.length(1);
        final int[] sums = new int[x.length / k * n];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = bias.integerAt(i % n);
            for (int j = 0; j < k; j++) {
                sums[i] += (x[i / n * k + j] - zeroPoint) * weight.integerAt((long) i % n * k + j);
            }
        }
        return sums;
    }

    private static int[] requantized(
            final int[] sums, final Quantization x, final Quantization w, final Quantization y) {
        final int[] q = new int[sums.length];
        for (int i = 0; i < q.length; i++) {
            final float multiplier = (float) ((double) x.scale(0) * w.scale(i % w.channels()) / y.scale(0));
            final float shifted = (float) Math.rint((float) sums[i] * multiplier) + y.zeroPoint(0);
            q[i] = (int) Math.clamp(shifted, (float) y.zeroPoint(0), 255f);
        }
        return q;
    }

    private static float[] scaled(final int[] sums, final Quantization x, final Quantization w) {
        final float[] reals = new float[sums.length];
        for (int i = 0; i < reals.length; i++) {
            reals[i] = (float) sums[i] * (float) ((double) x.scale(0) * w.scale(i % w.channels()));
        }
        return reals;
    }

    /** Images flattened inside, a softmax in the middle and at the end, and a hidden value that is an output too. */
    @Test
    void shouldKeepFloatsWhereFloatsAreRead() {
        final Graph mixed = Initializer.initialise(
                Graph.builder("mixed")
                        .input("image", ValueType.f32(28, 28))
                        .flatten("rows")
                        .linear("fc1", 12)
                        .relu("relu1")
                        .linear("fc2", 11)
                        .softmax("middle")
                        .linear("fc3", 10)
                        .softmax("end")
                        .build(),
                3);
        final Graph int8 = new PostTrainingQuantization(engine).quantize(mixed, SOME);
        assertEquals(
                List.of("rows", "fc1", "fc2", "middle", "middle.quantized", "fc3", "end"),
                int8.nodes().stream().map(Node::name).toList());
        assertEquals(DataType.U8, int8.type("rows").precision().type());
        assertEquals(DataType.U8, int8.type("fc1").precision().type());
        assertEquals(Precision.F32, int8.type("fc2").precision());
        assertEquals(DataType.U8, int8.type("middle.quantized").precision().type());
        final Evaluation before = Evaluation.of(mixed, SAMPLE.test(), engine);
        final Evaluation after = Evaluation.of(int8, SAMPLE.test(), engine);
        assertEquals(before.loss(), after.loss(), 0.01);
        final Graph outputs = mixed.withOutputs(List.of("end", "relu1"));
        final Graph exposed = new PostTrainingQuantization(engine).quantize(outputs, SOME);
        assertEquals(Precision.F32, exposed.type("fc1").precision());
        assertEquals(DataType.U8, exposed.type("fc1.quantized").precision().type());
    }

    @Test
    void shouldKeepALayerInFloatsWhenAsked() {
        final Graph int8 =
                new PostTrainingQuantization(engine).keep(List.of("fc2")).quantize(trained, SOME);
        assertEquals(
                List.of("fc1", "fc2", "fc2.quantized", "fc3"),
                int8.nodes().stream().map(Node::name).toList());
        assertEquals(DataType.S8, int8.parameters().get("fc1.weight").tensor().type());
        assertEquals(DataType.F32, int8.parameters().get("fc2.weight").tensor().type());
        assertEquals(Precision.F32, int8.type("fc1").precision());
        final double before = Evaluation.of(trained, SAMPLE.test(), engine).accuracy();
        assertEquals(before, Evaluation.of(int8, SAMPLE.test(), engine).accuracy(), 0.01);
    }

    /** The bias counts in units of the input's scale, so that layers with other inputs need parameters of their own. */
    @Test
    void shouldQuantizeSharedParametersForEachLayer() {
        final Linear shared = new Linear("w", "b", Activation.RELU, Precision.F32);
        final Graph graph = Initializer.initialise(
                Graph.builder("shared")
                        .input("x", ValueType.f32(784))
                        .linear("fc1", 12)
                        .parameter(Parameter.of("w", Tensor.allocate(DataType.F32, Shape.of(12, 12))))
                        .parameter(Parameter.of("b", Tensor.allocate(DataType.F32, Shape.of(12))))
                        .add("first", shared)
                        .add("second", shared)
                        .linear("fc2", 10)
                        .build(),
                4);
        final Graph int8 = new PostTrainingQuantization(engine).quantize(graph, SOME);
        assertTrue(int8.parameters().keySet().containsAll(List.of("w", "b", "w.second", "b.second")));
        assertEquals(
                Evaluation.of(graph, SAMPLE.test(), engine).loss(),
                Evaluation.of(int8, SAMPLE.test(), engine).loss(),
                0.02);
    }

    @Test
    void shouldCompareLayersOfTheSameName() {
        final Graph int8 = new PostTrainingQuantization(engine).quantize(trained, SOME);
        final List<LayerComparison> layers = LayerComparison.of(trained, int8, engine, 256);
        assertEquals(
                List.of("fc1", "fc2", "fc3"),
                layers.stream().map(LayerComparison::name).toList());
        for (final LayerComparison layer : layers) {
            assertTrue(
                    layer.floats().operation().contains("f32f32f32"),
                    layer.floats().operation());
            assertTrue(
                    layer.integers().operation().contains("u8s8"),
                    layer.integers().operation());
        }
    }

    @Test
    void shouldRefuseWhatItCannotQuantize() {
        final PostTrainingQuantization quantization = new PostTrainingQuantization(engine);
        assertThrows(IllegalArgumentException.class, () -> quantization.quantize(trained, SOME.slice(0, 0)));
        final Graph int8 = quantization.quantize(trained, SOME);
        assertThrows(IllegalArgumentException.class, () -> quantization.quantize(int8, SOME));
    }
}
