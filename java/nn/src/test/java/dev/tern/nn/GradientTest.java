package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Activation;
import dev.tern.model.Graph;
import dev.tern.model.GraphBuilder;
import dev.tern.model.Linear;
import dev.tern.model.Parameter;
import dev.tern.model.Precision;
import dev.tern.model.Quantize;
import dev.tern.model.ValueType;
import dev.tern.nn.ParameterSet.Trained;
import java.util.ArrayList;
import java.util.BitSet;
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
 * Holds each gradient to the slope of the loss: {@code (loss(w + h) - loss(w - h)) / 2h}. With h = 2^-7 and losses of
 * order one in f32, the quotient is off by some 1e-4 of rounding, and by as much of curvature.
 */
class GradientTest {
    private static final float STEP = 1 / 128f;
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
    }

    @Test
    void shouldGiveTheLossesOfTheTextbook() {
        final Tensor y = Tensor.of(Shape.of(2, 2), 1e4f, 0, 0, 0);
        assertEquals(Math.log(2) / 2, new SoftmaxCrossEntropy().evaluate(y, Tensor.of(Shape.of(2), 0, 1)), 1e-12);
        final Tensor target = Tensor.of(Shape.of(2, 2), 1e4f, 2, 0, -1);
        assertEquals(5 / 4.0, new MeanSquaredError().evaluate(y, target), 1e-12);
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
        network.forward(batch);
        loss.evaluate(network.output(batch), target, network.outputGradient(batch));
        network.backward(batch);
        int compared = 0;
        int all = 0;
        for (final Trained parameter : network.parameters().trained()) {
            final float[] gradient = parameter.gradient().toFloats();
            all += gradient.length;
            for (int i = 0; i < gradient.length; i++) {
                final double slope = slope(network, loss, batch, target, parameter, i);
                if (!Double.isNaN(slope)) {
                    assertEquals(slope, gradient[i], TOLERANCE, parameter.name() + " " + i + ", seed " + seed);
                    compared++;
                }
            }
        }
        assertTrue(compared > all / 2, compared + " of " + all + " had a slope");
    }

    /** NaN where a ReLU switches within the step: there is no slope to compare with. */
    private static double slope(
            final Network network,
            final Loss loss,
            final int batch,
            final Tensor target,
            final Trained parameter,
            final int index) {
        final float[] original = parameter.value().toFloats();
        final double[] losses = new double[2];
        final List<BitSet> active = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
            final float[] moved = original.clone();
            moved[index] += side == 0 ? -STEP : STEP;
            Tensor.of(parameter.value().shape(), moved).copyTo(parameter.value());
            network.forward(batch);
            losses[side] = loss.evaluate(network.output(batch), target);
            active.add(active(network.values(batch)));
        }
        Tensor.of(parameter.value().shape(), original).copyTo(parameter.value());
        return active.get(0).equals(active.get(1)) ? (losses[1] - losses[0]) / (2 * STEP) : Double.NaN;
    }

    /** A ReLU that is switched off gives zero; nothing else does but by accident. */
    private static BitSet active(final List<Tensor> values) {
        final BitSet active = new BitSet();
        int at = 0;
        for (final Tensor value : values) {
            for (final float element : value.toFloats()) {
                active.set(at++, element != 0);
            }
        }
        return active;
    }

    private static Tensor target(final Tensor y, final Loss loss, final SplittableRandom random) {
        if (loss instanceof MeanSquaredError) {
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
