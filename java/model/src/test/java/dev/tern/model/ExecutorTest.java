package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutorTest {
    private static final int MAX_BATCH = 33;
    private static Engine engine;

    private final SplittableRandom random = new SplittableRandom(7);

    @BeforeAll
    static void start() {
        engine = Engine.builder().threads(2).build();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 16, 17, MAX_BATCH})
    void shouldComputeAPerceptronAsPlainLoopsDo(final int batch) {
        final Graph graph = TestGraphs.randomised(Models.perceptron("p", 30, 21, 9), 1);
        final Tensor x = TestGraphs.random(Shape.of(batch, 30), random);
        final float[] hidden = linear(graph, "fc1", x.toFloats(), true);
        final float[] expected = linear(graph, "fc2", hidden, false);
        assertArrayEquals(expected, run(graph, x).toFloats(), 1e-4f);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, MAX_BATCH})
    void shouldComputeAnInt8GraphBitForBit(final int batch) {
        final Graph graph = TestGraphs.quantizedPerceptron(67, 19, 10, 2);
        final Tensor x = TestGraphs.randomBytes(DataType.U8, Shape.of(batch, 67), random);
        final int[] hidden = requantized(graph, "fc1", unsigned(x.toBytes()));
        assertTrue(Arrays.stream(hidden).anyMatch(q -> q > 3 && q < 255), "not all clamped");
        assertArrayEquals(dequantized(graph, "fc2", hidden), run(graph, x).toFloats());
    }

    @Test
    void shouldComputeEveryHostLayer() {
        final Precision middle = Precision.u8(0.02f, 100);
        final Graph graph = Graph.builder("host")
                .input("x", ValueType.f32(2, 3))
                .add("q", new Quantize(middle))
                .add("d", new Dequantize())
                .relu("r")
                .flatten("f")
                .softmax("s")
                .build();
        final float[] x = {-3, -0.5f, 0.005f, 0.25f, 1.5f, 40};
        final double[] real = new double[6];
        double sum = 0;
        for (int i = 0; i < 6; i++) {
            final double q = Math.clamp(Math.rint(x[i] / 0.02f) + 100, 0, 255);
            real[i] = Math.exp(Math.max(0.02f * (float) (q - 100), 0));
            sum += real[i];
        }
        final float[] y = run(graph, Tensor.of(Shape.of(1, 2, 3), x)).toFloats();
        for (int i = 0; i < 6; i++) {
            assertEquals(real[i] / sum, y[i], 1e-6);
        }
    }

    @Test
    void shouldKeepSoftmaxFiniteForLargeInputs() {
        final Graph graph =
                Graph.builder("s").input("x", ValueType.f32(3)).softmax("s").build();
        assertArrayEquals(
                new float[] {0, 0.5f, 0.5f},
                run(graph, Tensor.of(Shape.of(1, 3), -1e30f, 1e30f, 1e30f)).toFloats());
    }

    @Test
    void shouldTakeImagesAndSeveralOutputs() {
        final Graph graph = TestGraphs.randomised(
                Graph.builder("two")
                        .input("image", ValueType.f32(4, 5))
                        .flatten("rows")
                        .linear("a", 6)
                        .relu("relu")
                        .linear("b", 3)
                        .build()
                        .withOutputs(List.of("b", "a")),
                4);
        final Tensor x = TestGraphs.random(Shape.of(5, 4, 5), random);
        final Tensor a = Tensor.allocate(DataType.F32, Shape.of(5, 6));
        final Tensor b = Tensor.allocate(DataType.F32, Shape.of(5, 3));
        try (Executor executor = Executor.compile(graph, engine, MAX_BATCH)) {
            executor.newContext().run(List.of(x), List.of(b, a));
        }
        final float[] hidden = linear(graph, "a", x.toFloats(), false);
        assertArrayEquals(hidden, a.toFloats(), 1e-5f);
        assertArrayEquals(linear(graph, "b", hidden, false, true), b.toFloats(), 1e-5f);
    }

    @Test
    void shouldRunFromManyThreadsWithAContextEach() throws Exception {
        final Graph graph = TestGraphs.quantizedPerceptron(67, 19, 10, 5);
        final Tensor x = TestGraphs.randomBytes(DataType.U8, Shape.of(MAX_BATCH, 67), random);
        final float[] expected = run(graph, x).toFloats();
        try (Executor executor = Executor.compile(graph, engine, MAX_BATCH);
                ExecutorService pool = Executors.newFixedThreadPool(8)) {
            final List<Future<float[]>> results = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                results.add(pool.submit(() -> {
                    final Tensor y = Tensor.allocate(DataType.F32, Shape.of(MAX_BATCH, 10));
                    final ExecutionContext context = executor.newContext();
                    for (int run = 0; run < 50; run++) {
                        context.run(x, y);
                    }
                    return y.toFloats();
                }));
            }
            for (final Future<float[]> result : results) {
                assertArrayEquals(expected, result.get());
            }
        }
    }

    @Test
    void shouldAllocateNothingOnceWarm() {
        final Graph graph = TestGraphs.randomised(
                Graph.builder("warm")
                        .input("image", ValueType.f32(4, 5))
                        .flatten("rows")
                        .linear("a", 6)
                        .relu("relu")
                        .linear("b", 3)
                        .build(),
                4);
        final Tensor[] x = {
            TestGraphs.random(Shape.of(MAX_BATCH, 4, 5), random), TestGraphs.random(Shape.of(3, 4, 5), random)
        };
        final Tensor[] y = {
            Tensor.allocate(DataType.F32, Shape.of(MAX_BATCH, 3)), Tensor.allocate(DataType.F32, Shape.of(3, 3))
        };
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Executor executor = Executor.compile(graph, engine, MAX_BATCH)) {
            final ExecutionContext[] contexts = {executor.newContext(), executor.newContext()};
            long least = Long.MAX_VALUE; // the compiler allocates on no schedule of ours, so the best of some rounds
            for (int round = 0; round < 20; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int run = 0; run < 500; run++) {
                    contexts[run & 1].run(x[run & 1], y[run & 1]);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
        }
    }

    @Test
    void shouldReuseMemory() {
        final Graph deep = Models.perceptron("deep", 8, 64, 64, 64, 64, 64, 8);
        try (Executor executor = Executor.compile(deep, engine, 10)) {
            assertEquals(2 * 64 * 10 * Float.BYTES, executor.contextBytes(), "two buffers for a chain of any length");
        }
    }

    @Test
    void shouldRefuseTensorsThatDoNotFit() {
        final Graph graph = Models.perceptron("p", 30, 21, 9);
        try (Executor executor = Executor.compile(graph, engine, 4)) {
            final ExecutionContext context = executor.newContext();
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 9));
            refused(context, Tensor.allocate(DataType.F32, Shape.of(2, 31)), y, "F32[N, 30]");
            refused(context, Tensor.allocate(DataType.U8, Shape.of(2, 30)), y, "F32[N, 30]");
            refused(context, Tensor.allocate(DataType.F32, Shape.of(5, 30)), y, "N = 0 to 4");
            refused(context, Tensor.allocate(DataType.F32, Shape.of(3, 30)), y, "N = 3");
        }
        assertThrows(IllegalArgumentException.class, () -> Executor.compile(graph, engine, 0));
    }

    private static void refused(final ExecutionContext context, final Tensor x, final Tensor y, final String allowed) {
        final Exception e = assertThrows(IllegalArgumentException.class, () -> context.run(x, y));
        assertTrue(e.getMessage().contains(allowed), e.getMessage());
    }

    private static Tensor run(final Graph graph, final Tensor x) {
        try (Executor executor = Executor.compile(graph, engine, MAX_BATCH)) {
            final Tensor y = Tensor.allocate(
                    graph.outputType().precision().type(), graph.outputType().shape(x.length(0)));
            executor.newContext().run(x, y);
            return y;
        }
    }

    private static float[] linear(final Graph graph, final String node, final float[] x, final boolean relu) {
        return linear(graph, node, x, relu, false);
    }

    private static float[] linear(
            final Graph graph, final String node, final float[] x, final boolean relu, final boolean reluBefore) {
        final Tensor weight = graph.parameters().get(node + ".weight").tensor();
        final Tensor bias = graph.parameters().get(node + ".bias").tensor();
        final int n = (int) weight.length(0);
        final int k = (int) weight.length(1);
        final float[] y = new float[x.length / k * n];
        for (int i = 0; i < y.length; i++) {
            double sum = bias.floatAt(i % n);
            for (int j = 0; j < k; j++) {
                final float value = x[i / n * k + j];
                sum += (reluBefore ? Math.max(value, 0) : value) * weight.floatAt((long) i % n * k + j);
            }
            y[i] = (float) (relu ? Math.max(sum, 0) : sum);
        }
        return y;
    }

    /** Equation by equation as the types say, with nothing but integers and single floats. */
    private static int[] requantized(final Graph graph, final String node, final int[] x) {
        final Linear linear = (Linear) graph.nodes().getFirst().layer();
        final Quantization weights = graph.parameters().get(node + ".weight").quantization();
        final Quantization to = linear.output().quantization();
        final int[] sums = sums(graph, node, x);
        final int n = weights.channels();
        for (int i = 0; i < sums.length; i++) {
            final float multiplier = (float) ((double) (1 / 255f) * weights.scale(i % n) / to.scale(0));
            final float q = (float) Math.rint((float) sums[i] * multiplier) + to.zeroPoint(0);
            sums[i] = (int) Math.clamp(q, to.zeroPoint(0), 255f); // ReLU: nothing below the zero point
        }
        return sums;
    }

    private static float[] dequantized(final Graph graph, final String node, final int[] x) {
        final Quantization weights = graph.parameters().get(node + ".weight").quantization();
        final Quantization from = graph.type("fc1").precision().quantization();
        final int[] centred = new int[x.length];
        Arrays.setAll(centred, i -> x[i] - from.zeroPoint(0));
        final int[] sums = sums(graph, node, centred);
        final float[] y = new float[sums.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) sums[i] * (float) ((double) from.scale(0) * weights.scale(i % weights.channels()));
        }
        return y;
    }

    private static int[] sums(final Graph graph, final String node, final int[] x) {
        final Tensor weight = graph.parameters().get(node + ".weight").tensor();
        final int[] bias = graph.parameters().get(node + ".bias").tensor().toInts();
        final int n = (int) weight.length(0);
        final int k = (int) weight.length(1);
        final int[] y = new int[x.length / k * n];
        for (int i = 0; i < y.length; i++) {
            y[i] = bias[i % n];
            for (int j = 0; j < k; j++) {
                y[i] += x[i / n * k + j] * weight.integerAt((long) i % n * k + j);
            }
        }
        return y;
    }

    private static int[] unsigned(final byte[] bytes) {
        final int[] values = new int[bytes.length];
        Arrays.setAll(values, i -> bytes[i] & 0xff);
        return values;
    }
}
