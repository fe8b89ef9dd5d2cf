package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Pool2d;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.model.Activation;
import dev.tern.model.Convolution;
import dev.tern.model.Graph;
import dev.tern.model.GraphBuilder;
import dev.tern.model.Linear;
import dev.tern.model.LstmLayer;
import dev.tern.model.Parameter;
import dev.tern.model.Precision;
import dev.tern.model.Quantize;
import dev.tern.model.ValueType;
import dev.tern.nn.ParameterSet.Trained;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Holds each gradient to the slope of the loss: {@code (loss(w + h) - loss(w - h)) / 2h}. With h = 2^-9 and losses of
 * order one in f32, the quotient is off by some 1e-4 of rounding, and by less of curvature.
 */
class GradientTest {
    private static final float STEP = 1 / 512f;
    private static final double TOLERANCE = 4e-3;
    private static Engine engine;

    @BeforeAll
    @BeforeContainer
    static void start() {
        engine = Engine.builder().threads(1).build();
    }

    @AfterAll
    @AfterContainer
    static void stop() {
        engine.close();
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughLinear(
            @ForAll @IntRange(min = 1, max = 9) final int batch,
            @ForAll @IntRange(min = 1, max = 11) final int inputs,
            @ForAll @IntRange(min = 1, max = 7) final int outputs,
            @ForAll final long seed) {
        final Graph graph =
                input(inputs).linear("fc1", 5).linear("fc2", outputs).build();
        check(graph, new MeanSquaredError(), batch, seed);
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
        check(graph, new KullbackLeibler(1), batch, seed);
        check(graph, new KullbackLeibler(3), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughSoftmax(
            @ForAll @IntRange(min = 1, max = 9) final int batch,
            @ForAll @IntRange(min = 1, max = 7) final int outputs,
            @ForAll final long seed) {
        check(input(6).linear("fc1", outputs).softmax("s").build(), new MeanSquaredError(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughFusedRelu(
            @ForAll @IntRange(min = 1, max = 9) final int batch, @ForAll final long seed) {
        final Graph graph = input(6).linear("fc1", 8).relu("r").linear("fc2", 3).build();
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
    }

    /** ReLU after softmax cannot be folded into a linear layer, and flattened images share memory with their rows. */
    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughReluAndFlatten(
            @ForAll @IntRange(min = 1, max = 9) final int batch, @ForAll final long seed) {
        final Graph graph = Graph.builder("images")
                .input("x", ValueType.f32(2, 3))
                .flatten("rows")
                .linear("fc1", 8)
                .softmax("s")
                .relu("r")
                .flatten("again")
                .linear("fc2", 3)
                .build();
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
    }

    /** Two layers with the same parameters: their gradients add up. Without a bias, and with the ReLU stated. */
    @Property(tries = 15, seed = "1")
    void shouldAddUpGradientsOfSharedParameters(
            @ForAll @IntRange(min = 1, max = 9) final int batch, @ForAll final long seed) {
        final Linear shared = new Linear("w", "b", Activation.RELU, Precision.F32);
        final Graph graph = input(4).parameter(Parameter.of("w", Tensor.allocate(DataType.F32, Shape.of(4, 4))))
                .parameter(Parameter.of("b", Tensor.allocate(DataType.F32, Shape.of(4))))
                .parameter(Parameter.of("v", Tensor.allocate(DataType.F32, Shape.of(2, 4))))
                .add("first", shared)
                .add("second", shared)
                .add("third", new Linear("v", null, Activation.NONE, Precision.F32))
                .build();
        check(graph, new MeanSquaredError(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughConvolutions(
            @ForAll @IntRange(min = 1, max = 4) final int batch,
            @ForAll @IntRange(min = 1, max = 3) final int kernel,
            @ForAll @IntRange(min = 1, max = 2) final int stride,
            @ForAll @IntRange(min = 0, max = 1) final int padding,
            @ForAll @IntRange(min = 1, max = 2) final int groups,
            @ForAll final long seed) {
        final Window window = Window.of(kernel, 2).stride(stride, 1).padding(padding, 0, 1, padding);
        final Graph graph = images(6, 5, 2 * groups)
                .conv2d("c1", 4, window, groups)
                .relu("r")
                .conv2d("c2", 3, Window.of(1, 3))
                .flatten("f")
                .linear("fc", 3)
                .build();
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughPooling(
            @ForAll @IntRange(min = 1, max = 4) final int batch,
            @ForAll @IntRange(min = 1, max = 2) final int stride,
            @ForAll final long seed) {
        final Window window = Window.of(2, 2).stride(stride);
        final Graph graph = images(6, 6, 2)
                .conv2d("c1", 3, Window.of(2, 2))
                .relu("r")
                .maxPool("m", window)
                .averagePool("a", Window.of(2, 1))
                .conv2d("c2", 2, Window.of(1, 1))
                .globalAveragePool("g")
                .flatten("f")
                .build();
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughBatchNorm(
            @ForAll @IntRange(min = 3, max = 9) final int batch, @ForAll final long seed) {
        final Graph images = images(3, 2, 2)
                .conv2d("c", 3, Window.of(2, 1))
                .batchNorm("b")
                .relu("r")
                .flatten("f")
                .linear("fc", 3)
                .build();
        check(images, new SoftmaxCrossEntropy(), batch, seed);
        check(input(4).linear("fc", 3).batchNorm("b").build(), new MeanSquaredError(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughDropout(
            @ForAll @IntRange(min = 1, max = 9) final int batch, @ForAll final long seed) {
        final Graph graph = input(6).linear("fc1", 8)
                .dropout("d1", 0.4f)
                .linear("fc2", 5)
                .dropout("d2", 0.1f)
                .build();
        check(graph, new MeanSquaredError(), batch, seed);
    }

    @Property(tries = 15, seed = "1")
    void shouldFollowTheSlopeThroughTime(
            @ForAll @IntRange(min = 1, max = 5) final int batch,
            @ForAll @IntRange(min = 1, max = 4) final int steps,
            @ForAll final long seed) {
        final Graph graph = Graph.builder("sequence")
                .input("x", ValueType.f32(steps, 3))
                .lstm("l1", 4)
                .lstm("l2", 2)
                .lastStep("last")
                .linear("fc", 3)
                .build();
        check(graph, new SoftmaxCrossEntropy(), batch, seed);
    }

    /** Two convolutions and two LSTM layers with the same parameters. */
    @Property(tries = 10, seed = "1")
    void shouldAddUpGradientsOfSharedKernels(
            @ForAll @IntRange(min = 1, max = 3) final int batch, @ForAll final long seed) {
        final Convolution conv =
                new Convolution("w", "b", Window.of(3, 3).padding(1), 1, Activation.NONE, Precision.F32);
        final Graph images = images(4, 3, 2)
                .parameter(zeros("w", 2, 3, 3, 2))
                .parameter(zeros("b", 2))
                .add("first", conv)
                .add("second", conv)
                .flatten("f")
                .build();
        check(images, new MeanSquaredError(), batch, seed);
        final Graph sequence = Graph.builder("sequence")
                .input("x", ValueType.f32(3, 2))
                .parameter(zeros("w", 8, 4))
                .parameter(zeros("b", 8))
                .add("first", new LstmLayer("w", "b"))
                .add("second", new LstmLayer("w", "b"))
                .lastStep("last")
                .build();
        check(sequence, new MeanSquaredError(), batch, seed);
    }

    /** A graph of one output never has them, but stages are written for graphs of several. */
    @Test
    void shouldAddUpGradientsOfAValueThatTwoLayersRead() {
        final Value x = Value.allocate(ValueType.f32(2, 2, 1), 1, true);
        final Value relu = Value.allocate(ValueType.f32(2, 2, 1), 1, true);
        final Value pooled = Value.allocate(ValueType.f32(1, 1, 1), 1, true);
        final Stage first = new ReluStage(x, relu, engine);
        final Stage second =
                new PoolingStage(engine, Pool2d.max(2, 2, 1, Window.of(2, 2)), x, pooled, BiasEpilogue.none(engine));
        Tensor.of(Shape.of(1, 2, 2, 1), -1f, 2, 3, -4).copyTo(x.value(1));
        Tensor.of(Shape.of(1, 2, 2, 1), 10f, 20, 30, 40).copyTo(relu.gradient(1));
        Tensor.of(Shape.of(1, 1, 1, 1), 5f).copyTo(pooled.gradient(1));
        for (final Stage stage : List.of(first, second)) {
            stage.forward(1);
            stage.backward(1);
        }
        assertArrayEquals(new float[] {0, 20, 35, 0}, x.gradient(1).toFloats());
    }

    @Test
    void shouldDropTheShareAndScaleTheRest() {
        final Graph graph = input(1000).linear("fc", 1000).dropout("d", 0.25f).build();
        final Network network = new Network(graph, engine, 8, 3);
        Tensor.of(Shape.of(1000), ones(1000))
                .copyTo(network.parameters().get("fc.bias").value());
        network.forward(8);
        final float[] first = network.output(8).toFloats();
        int kept = 0;
        for (final float y : first) {
            assertTrue(y == 0 || y == 1 / 0.75f, "value " + y);
            kept += y == 0 ? 0 : 1;
        }
        assertEquals(6000, kept, 4 * Math.sqrt(8000 * 0.25 * 0.75), "kept of 8000");
        network.forward(8);
        assertFalse(Arrays.equals(first, network.output(8).toFloats()), "another pass drops others");
        network.resumeAt(0);
        network.forward(8);
        assertArrayEquals(first, network.output(8).toFloats());
    }

    @Test
    void shouldKeepTheStatisticsOfBatches() {
        final Network network =
                new Network(input(2).batchNorm("b").linear("fc", 1).build(), engine, 4);
        Tensor.of(Shape.of(4, 2), 1001f, 0, 1003, 0, 1005, 0, 1007, 8).copyTo(network.input(4));
        network.forward(4);
        final Graph after = network.snapshot();
        assertArrayEquals(
                new float[] {100.4f, 0.2f},
                after.parameters().get("b.mean").tensor().toFloats(),
                1e-4f);
        assertArrayEquals(
                new float[] {0.9f + 0.1f * 20 / 3, 0.9f + 0.1f * 16},
                after.parameters().get("b.variance").tensor().toFloats(),
                1e-4f);
    }

    private static float[] ones(final int count) {
        final float[] values = new float[count];
        Arrays.fill(values, 1);
        return values;
    }

    private static GraphBuilder images(final int height, final int width, final int channels) {
        return Graph.builder("images").input("x", ValueType.f32(height, width, channels));
    }

    private static Parameter zeros(final String name, final long... shape) {
        return Parameter.of(name, Tensor.allocate(DataType.F32, Shape.of(shape)));
    }

    @Test
    void shouldRefuseWhatHasNoGradient() {
        final GraphBuilder builder = input(4).linear("fc", 3).add("q", new Quantize(Precision.u8(1, 0)));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Network(builder.build(), engine, 1))
                .getMessage()
                .contains("value 'q' is U8"));
        final Graph bare = input(4).relu("r").build();
        assertThrows(IllegalArgumentException.class, () -> new Network(bare, engine, 1));
    }

    @Test
    void shouldRefuseTargetsThatDoNotFit() {
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 3));
        final Loss entropy = new SoftmaxCrossEntropy();
        final Loss square = new MeanSquaredError();
        assertThrows(IllegalArgumentException.class, () -> entropy.evaluate(y, Tensor.of(Shape.of(3), 0, 0, 0)));
        assertThrows(IllegalArgumentException.class, () -> entropy.evaluate(y, Tensor.of(Shape.of(2), 0, 3)));
        assertThrows(IllegalArgumentException.class, () -> entropy.evaluate(y, Tensor.of(Shape.of(2), -1, 0)));
        assertThrows(IllegalArgumentException.class, () -> square.evaluate(y, Tensor.of(Shape.of(2), 0, 1)));
        final Loss divergence = new KullbackLeibler(1);
        assertThrows(IllegalArgumentException.class, () -> divergence.evaluate(y, Tensor.of(Shape.of(2), 0, 1)));
        assertThrows(IllegalArgumentException.class, () -> new KullbackLeibler(0));
    }

    @Test
    void shouldGiveTheLossesOfTheTextbook() {
        final Tensor y = Tensor.of(Shape.of(2, 2), 1e4f, 0, 0, 0);
        assertEquals(Math.log(2) / 2, new SoftmaxCrossEntropy().evaluate(y, Tensor.of(Shape.of(2), 0, 1)), 1e-12);
        final Tensor target = Tensor.of(Shape.of(2, 2), 1e4f, 2, 0, -1);
        assertEquals(5 / 4.0, new MeanSquaredError().evaluate(y, target), 1e-12);
        // the teacher says 1/2, 1/2 and the pupil 1/4, 3/4; the second row agrees
        final float log3 = (float) Math.log(3);
        final Tensor pupil = Tensor.of(Shape.of(2, 2), 0, log3, 7, 6);
        final Tensor teacher = Tensor.of(Shape.of(2, 2), 5, 5, 1, 0f);
        final double divergence = 0.5 * Math.log(4 / 3.0) / 2;
        assertEquals(divergence, new KullbackLeibler(1).evaluate(pupil, teacher), 1e-7);
        final Tensor hot = Tensor.of(Shape.of(2, 2), 0, 2 * log3, 14, 12);
        final Tensor hotTeacher = Tensor.of(Shape.of(2, 2), 10, 10, 2, 0f);
        assertEquals(4 * divergence, new KullbackLeibler(2).evaluate(hot, hotTeacher), 1e-7);
    }

    private static GraphBuilder input(final int width) {
        return Graph.builder("g").input("x", ValueType.f32(width));
    }

    private static void check(final Graph graph, final Loss loss, final int batch, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final Network network = new Network(graph, engine, batch + 1);
        fill(network.parameters().values(), random, 0.8);
        fill(network.input(batch), random, 1);
        final Tensor target = target(network.output(batch), loss, random);
        forward(network, batch);
        loss.evaluate(network.output(batch), target, network.outputGradient(batch));
        network.backward(batch);
        int straight = 0;
        int all = 0;
        for (final Trained parameter : network.parameters().trained()) {
            final float[] gradient = parameter.gradient().toFloats();
            all += gradient.length;
            for (int i = 0; i < gradient.length; i++) {
                final Slope slope = Slope.of(network, loss, batch, target, parameter, i);
                final String what = parameter.name() + " " + i + ", seed " + seed;
                assertEquals(slope.value(), gradient[i], TOLERANCE + slope.bend() / 2, what);
                straight += slope.bend() <= TOLERANCE ? 1 : 0;
            }
        }
        assertTrue(straight > all / 2, straight + " of " + all + " have one slope");
    }

    /**
     * The slope over both sides, and the bend: how far the slopes to each side are apart. Where a ReLU or a maximum
     * switches within the step, the slope is off by at most half of that.
     */
    private record Slope(double value, double bend) {
        static Slope of(
                final Network network,
                final Loss loss,
                final int batch,
                final Tensor target,
                final Trained parameter,
                final int index) {
            final float[] original = parameter.value().toFloats();
            final double[] losses = new double[3];
            for (int side = 0; side < 3; side++) {
                final float[] moved = original.clone();
                moved[index] += (side - 1) * STEP;
                Tensor.of(parameter.value().shape(), moved).copyTo(parameter.value());
                forward(network, batch);
                losses[side] = loss.evaluate(network.output(batch), target);
            }
            Tensor.of(parameter.value().shape(), original).copyTo(parameter.value());
            return new Slope(
                    (losses[2] - losses[0]) / (2 * STEP), Math.abs(losses[2] - 2 * losses[1] + losses[0]) / STEP);
        }
    }

    /** Always as the first pass, so that the same elements are dropped. */
    private static void forward(final Network network, final int batch) {
        network.resumeAt(0);
        network.forward(batch);
    }

    private static Tensor target(final Tensor y, final Loss loss, final SplittableRandom random) {
        if (!(loss instanceof SoftmaxCrossEntropy)) {
            final Tensor target = Tensor.allocate(DataType.F32, y.shape());
            fill(target, random, 1);
            return target;
        }
        final int[] labels = random.ints(y.length(0), 0, (int) y.length(1)).toArray();
        return Tensor.of(Shape.of(labels.length), labels);
    }

    private static void fill(final Tensor tensor, final SplittableRandom random, final double bound) {
        final float[] values = new float[(int) tensor.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        Tensor.of(tensor.shape(), values).copyTo(tensor);
    }
}
