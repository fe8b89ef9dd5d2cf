package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.testing.ConvCase;
import dev.tern.testing.ConvCases;
import dev.tern.testing.ConvDifferential;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every GEMM and depthwise kernel that this processor runs, on convolutions, against the reference. */
class NativeConv2dTest {
    private static final int MOST_THREADS = 3;

    private final List<Engine> engines = new ArrayList<>();

    /** An engine for each kernel, with one to three threads. */
    private ConvDifferential differential(final Gemm product) {
        return differential(NativeTests.runnableGemms(product));
    }

    private ConvDifferential differential(final List<NativeKernel> kernels) {
        for (final NativeKernel kernel : kernels) {
            engines.add(Engine.builder()
                    .device("cpu:native")
                    .kernel(kernel.name())
                    .threads(1 + engines.size() % MOST_THREADS)
                    .build());
        }
        assertFalse(engines.isEmpty(), "the library has not even the scalar kernel");
        return new ConvDifferential(engines.toArray(Engine[]::new));
    }

    @AfterEach
    void closeEngines() {
        engines.forEach(Engine::close);
    }

    @ParameterizedTest
    @CsvSource({"U8,S32", "U8,F32", "U8,S8", "U8,U8", "S8,S32", "S8,F32", "S8,S8", "S8,U8"})
    void shouldAgreeWithTheReferenceOnBytes(final DataType x, final DataType y) {
        try (ConvDifferential differential =
                differential(Gemm.of(1, 1).types(DataType.U8, DataType.S8, DataType.S32))) {
            ConvCases.int8(x, y).forEach(differential::checkPacked);
            ConvCases.int8(x, y).forEach(differential::checkUnpacked);
        }
    }

    @Test
    void shouldAgreeWithTheReferenceOnFloats() {
        try (ConvDifferential differential = differential(Gemm.of(1, 1))) {
            ConvCases.f32().forEach(differential::checkPacked);
            ConvCases.f32().forEach(differential::checkUnpacked);
        }
    }

    @Test
    void shouldAgreeWithTheReferenceOnGradientsByData() {
        try (ConvDifferential differential = differential(Gemm.of(1, 1))) {
            ConvCases.backwardData().forEach(differential::checkPacked);
            ConvCases.backwardData().forEach(differential::checkUnpacked);
        }
    }

    @Test
    void shouldAgreeWithTheReferenceOnGradientsByWeights() {
        try (ConvDifferential differential = differential(Gemm.of(1, 1))) {
            ConvCases.backwardWeights().forEach(differential::checkUnpacked);
        }
    }

    @Test
    void shouldSumTheGradientByFewWeightsAlikeOnAnyNumberOfThreads() {
        final Conv2d conv = Conv2d.of(28, 28, 3, 32, Window.of(5, 5));
        final Tensor x = random(64, 28, 28, 3);
        final Tensor dy = random(64, 24, 24, 32);
        final Tensor alone = gradientByWeights(conv, x, dy, 1);
        for (int threads = 2; threads <= MOST_THREADS; threads++) {
            assertEquals(
                    -1,
                    alone.segment()
                            .mismatch(gradientByWeights(conv, x, dy, threads).segment()));
        }
    }

    /**
     * What the library is pointed to stays as long as the plan: memory of the same size that is asked for is other
     * memory.
     */
    @Test
    void shouldComputeTheSameAfterGarbageWasCollected() throws InterruptedException {
        final int filters = 32;
        final Conv2d conv = Conv2d.of(8, 8, 3, filters, Window.of(3, 3).padding(1))
                .types(DataType.U8, DataType.S8, DataType.S32)
                .bias(new Random(2).ints(filters).toArray());
        final SplittableRandom random = new SplittableRandom(3);
        final Tensor x = Tensor.random(DataType.U8, Shape.of(2, 8, 8, 3), random);
        final Tensor weights = Tensor.random(DataType.S8, Shape.of(filters, 3, 3, 3), random);
        try (Engine engine = Engine.builder().device("cpu:native").threads(1).build();
                PackedWeights packed = engine.pack(conv, weights)) {
            final Plan plan = engine.compile(packed);
            final int[] before = run(plan, x, filters);
            for (int collection = 0; collection < 5; collection++) {
                System.gc();
                Thread.sleep(20); // what frees memory after a collection is another thread
                for (int i = 0; i < 100; i++) {
                    Arena.ofAuto().allocate((long) filters * Integer.BYTES).fill((byte) i);
                }
            }
            assertArrayEquals(before, run(plan, x, filters));
        }
    }

    private static int[] run(final Plan plan, final Tensor x, final int filters) {
        final Tensor y = Tensor.allocate(DataType.S32, Shape.of(2, 8, 8, filters));
        plan.run(x, y);
        return y.toInts();
    }

    private static Tensor random(final long... lengths) {
        final Tensor tensor = Tensor.allocate(DataType.F32, Shape.of(lengths));
        final Random random = new Random(1);
        for (long i = 0; i < tensor.shape().elements(); i++) {
            tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
        return tensor;
    }

    private static Tensor gradientByWeights(final Conv2d conv, final Tensor x, final Tensor dy, final int threads) {
        try (Engine engine =
                Engine.builder().device("cpu:native").threads(threads).build()) {
            final Tensor dw = Tensor.allocate(DataType.F32, Shape.of(32, 5, 5, 3));
            engine.compile(conv.backwardWeights()).run(x, dy, dw);
            return dw;
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"S32", "F32", "S8", "U8"})
    void shouldAgreeWithTheReferenceOnSigns(final DataType y) {
        try (ConvDifferential differential =
                differential(Gemm.of(1, 1).types(DataType.B1, DataType.B1, DataType.S32))) {
            final List<ConvCase> cases = ConvCases.signs(y).stream()
                    .filter(test -> isSupported(test.conv()))
                    .toList();
            cases.forEach(differential::checkPacked);
            cases.forEach(differential::checkUnpacked);
            ConvCases.scaledPositions(cases).forEach(differential::checkPacked);
        }
    }

    private static boolean isSupported(final Conv2d conv) {
        return new NativeBackend().supports(conv, Device.CPU).isYes();
    }

    @ParameterizedTest
    @CsvSource({"U8,S32", "U8,F32", "U8,S8", "U8,U8", "S8,S32", "S8,F32", "S8,S8", "S8,U8"})
    void shouldAgreeWithTheReferenceOnBytesOfEachChannel(final DataType x, final DataType y) {
        checkDepthwise(DataType.S8, ConvCases.int8(x, y));
    }

    @Test
    void shouldAgreeWithTheReferenceOnFloatsOfEachChannel() {
        checkDepthwise(DataType.F32, ConvCases.f32());
    }

    @Test
    void shouldAgreeWithTheReferenceOnGradientsByDataOfEachChannel() {
        checkDepthwise(DataType.F32, ConvCases.backwardData());
    }

    /** Packed or not, those of the cases that depthwise kernels take. */
    private void checkDepthwise(final DataType weights, final List<ConvCase> all) {
        final List<NativeKernel> kernels = NativeTests.runnableDepthwise(weights);
        final List<ConvCase> cases = all.stream()
                .filter(test -> kernels.getFirst().runs(test.conv()))
                .toList();
        assertFalse(cases.isEmpty(), "no case is depthwise");
        try (ConvDifferential differential = differential(kernels)) {
            cases.forEach(differential::checkPacked);
            cases.forEach(differential::checkUnpacked);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,F32,F32", "U8,S8,U8", "S8,S8,F32"})
    void shouldChooseDepthwiseKernelsForChannelsOfTheirOwn(final DataType x, final DataType weights, final DataType y) {
        final Quantization one = Quantization.symmetric(1);
        final Conv2d conv =
                Conv2d.of(28, 28, 192, 192, Window.of(3, 3).padding(1)).groups(192);
        final Conv2d typed =
                x == DataType.F32 ? conv : conv.types(x, weights, y).quantization(one, one, one);
        try (Engine engine = Engine.builder().device("cpu:native").build()) {
            final String kernel =
                    engine.compile(typed).explain(28 * 28).chosen().kernel();
            assertTrue(kernel.startsWith("depthwise_"), kernel);
        }
    }

    @Test
    void shouldRefuseGroupsOfSignsThatShareBytes() {
        final Conv2d shared =
                Conv2d.of(4, 4, 24, 4, Window.of(3, 3)).groups(2).types(DataType.B1, DataType.B1, DataType.S32);
        assertEquals(
                "groups of 12 signs: each has to begin on a whole byte",
                new NativeBackend().supports(shared, Device.CPU).reason());
    }
}
