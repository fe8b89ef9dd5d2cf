package dev.tern.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Pool2d;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.TensorType;
import dev.tern.Window;
import dev.tern.testing.ConvCase;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import dev.tern.testing.OperationCase;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of runs whatever they compute: nothing allocated, threads welcome. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class RunTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int RUNS = 50;
    private static final long PATIENCE_NANOS = 120_000_000_000L;
    private static final Gemm FLOATS = Gemm.of(150, 300).bias(new float[150]).relu();
    private static final Gemm BYTES = Gemm.of(150, 300)
            .types(DataType.U8, DataType.S8, DataType.U8)
            .quantization(
                    Quantization.perTensor(0.1f, 7), Quantization.perTensor(0.1f, 3), Quantization.perTensor(9, 100));

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 70})
    void shouldAllocateNothing(final int rows) {
        assertEquals(0, allocated(FLOATS, rows, 1, true), "f32, packed");
        assertEquals(0, allocated(FLOATS, rows, 1, false), "f32, both operands at run time");
        assertEquals(0, allocated(BYTES, rows, 1, true), "int8, packed");
        assertEquals(0, allocated(BYTES, rows, 1, false), "int8, both operands at run time");
        assertEquals(0, allocated(FLOATS, rows, 2, true), "f32 on two threads");
        assertEquals(0, allocated(BYTES, rows, 2, true), "int8 on two threads");
    }

    @Test
    void shouldAllocateNothingForConvolutions() {
        final Conv2d conv = Conv2d.of(9, 8, 40, 48, Window.of(3, 3).stride(2).padding(1));
        final Conv2d grouped = conv.groups(8);
        final Conv2d depthwise =
                Conv2d.of(9, 8, 40, 40, Window.of(3, 3).padding(1)).groups(40);
        for (final Conv2d floats : List.of(conv, grouped, depthwise)) {
            final Conv2d bytes = floats.types(DataType.U8, DataType.S8, DataType.U8)
                    .quantization(
                            Quantization.perTensor(0.1f, 7),
                            Quantization.perTensor(0.1f, 3),
                            Quantization.perTensor(9, 100));
            final Conv2d signs = floats.types(DataType.B1, DataType.B1, DataType.F32);
            for (final Conv2d of : List.of(floats, bytes, signs, floats.backwardData(), floats.backwardWeights())) {
                final boolean packed = of.pass() != Conv2d.Pass.BACKWARD_WEIGHTS;
                final OperationCase test = new ConvCase(of, 2, 0, Values.RANDOM, Place.NATIVE);
                assertEquals(0, allocated(test, 2, packed), () -> of + ", packed " + packed);
                assertEquals(0, allocated(test, 1, false), () -> of + ", both operands at run time");
            }
        }
    }

    private static long allocated(final Gemm gemm, final int rows, final int threads, final boolean packed) {
        return allocated(new GemmCase(gemm, rows, 3, Values.RANDOM, Place.NATIVE), threads, packed);
    }

    @Test
    void shouldAllocateNothingForPoolings() {
        final Pool2d pool = Pool2d.max(20, 24, 33, Window.of(3, 3).stride(2).padding(1));
        final TensorType image = pool.a(1);
        try (Engine engine = Engine.builder().device("cpu:vector").threads(2).build()) {
            final Plan forward = engine.compile(pool);
            final Plan backward = engine.compile(pool.backward());
            final Tensor x = Tensor.allocate(image.type(), image.shape());
            final Tensor y = Tensor.allocate(DataType.F32, pool.y(1).shape());
            final Tensor dx = Tensor.allocate(DataType.F32, image.shape());
            assertEquals(0, allocatedOnceWarm(() -> forward.run(x, y), callerAndWorkers()), "forward");
            assertEquals(0, allocatedOnceWarm(() -> backward.run(x, y, dx), callerAndWorkers()), "backward");
        }
    }

    @Test
    void shouldAllocateNothingForLstms() {
        final Lstm lstm = Lstm.of(20, 33).stateful();
        try (Engine engine = Engine.builder().device("cpu:vector").threads(2).build();
                PackedWeights weights = engine.pack(lstm, Tensor.allocate(DataType.F32, Shape.of(132, 53)))) {
            final Plan plan = engine.compile(weights);
            final Tensor x = Tensor.allocate(DataType.F32, Shape.of(5, 41, 20));
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(5, 41, 33));
            final Tensor state = Tensor.allocate(DataType.F32, Shape.of(2, 41, 33));
            assertEquals(0, allocatedOnceWarm(() -> plan.run(x, state, y), callerAndWorkers()));
        }
    }

    @Test
    void shouldAllocateNothingForTraining() {
        final LstmTraining training = Lstm.of(20, 33).stateful().training();
        try (Engine engine = Engine.builder().device("cpu:vector").threads(2).build()) {
            final Plan forward = engine.compile(training);
            final Plan backward = engine.compile(training.backward());
            final Tensor weights = Tensor.allocate(DataType.F32, Shape.of(132, 53));
            final Tensor recurrent = training.layer().recurrentWeights(weights);
            final Tensor bias = Tensor.allocate(DataType.F32, Shape.of(132));
            final Tensor tape = Tensor.allocate(DataType.F32, training.tape(5, 41));
            final Tensor dy = Tensor.allocate(DataType.F32, Shape.of(7, 41, 33));
            assertEquals(0, allocatedOnceWarm(() -> forward.run(weights, bias, tape), callerAndWorkers()), "forward");
            assertEquals(0, allocatedOnceWarm(() -> backward.run(recurrent, dy, tape), callerAndWorkers()), "backward");
        }
    }

    /** Bytes that the caller and the workers allocate in some runs, once the compiler has removed what vectors cost. */
    private static long allocated(final OperationCase test, final int threads, final boolean packed) {
        final Tensor a = test.a();
        final Tensor b = test.b();
        final Tensor y = test.y();
        try (Engine engine =
                Engine.builder().device("cpu:vector").threads(threads).build()) {
            final Plan plan =
                    packed ? engine.compile(engine.pack(test.operation(), b)) : engine.compile(test.operation());
            final Runnable run = packed ? () -> plan.run(a, y) : () -> plan.run(a, b, y);
            return allocatedOnceWarm(run, callerAndWorkers());
        }
    }

    private static long allocatedOnceWarm(final Runnable run, final long[] threads) {
        final long end = System.nanoTime() + PATIENCE_NANOS;
        long allocated = Long.MAX_VALUE;
        while (allocated != 0 && System.nanoTime() < end) { // below 0 where a worker of another engine ended meanwhile
            final long before = allocatedBytes(threads);
            for (int i = 0; i < RUNS; i++) {
                run.run();
            }
            allocated = allocatedBytes(threads) - before;
        }
        return allocated;
    }

    private static long allocatedBytes(final long[] threads) {
        long bytes = 0;
        for (final long thread : threads) {
            bytes += THREADS.getThreadAllocatedBytes(thread);
        }
        return bytes;
    }

    private static long[] callerAndWorkers() {
        final Thread[] all = new Thread[Thread.activeCount() + 8];
        final int count = Thread.enumerate(all);
        return Arrays.stream(all, 0, count)
                .filter(thread ->
                        thread == Thread.currentThread() || thread.getName().startsWith("tern-worker"))
                .mapToLong(Thread::threadId)
                .toArray();
    }

    @Test
    void shouldGive64ThreadsOnOnePlanTheSameBits() throws Exception {
        final GemmCase floats = new GemmCase(FLOATS, 70, 0, Values.RANDOM, Place.NATIVE);
        final GemmCase bytes = new GemmCase(BYTES, 70, 0, Values.RANDOM, Place.NATIVE);
        try (Engine engine = Engine.builder().device("cpu:vector").threads(2).build();
                PackedWeights floatWeights = engine.pack(FLOATS, floats.b());
                PackedWeights byteWeights = engine.pack(BYTES, bytes.b())) {
            final Plan floatPlan = engine.compile(floatWeights);
            final Plan bytePlan = engine.compile(byteWeights);
            final float[] expectedFloats = runFloats(floatPlan, floats.a());
            final byte[] expectedBytes = runBytes(bytePlan, bytes.a());
            onThreads(64, () -> {
                for (int i = 0; i < 20; i++) {
                    assertArrayEquals(expectedFloats, runFloats(floatPlan, floats.a()));
                    assertArrayEquals(expectedBytes, runBytes(bytePlan, bytes.a()));
                }
                return null;
            });
        }
    }

    private static float[] runFloats(final Plan plan, final Tensor a) {
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(70, 150));
        plan.run(a, y);
        return y.toFloats();
    }

    private static byte[] runBytes(final Plan plan, final Tensor a) {
        final Tensor y = Tensor.allocate(DataType.U8, Shape.of(70, 150));
        plan.run(a, y);
        return y.toBytes();
    }

    private static void onThreads(final int count, final Callable<Void> work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            final List<Future<Void>> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                results.add(threads.submit(work));
            }
            for (final Future<Void> result : results) {
                result.get();
            }
        }
    }

    @Test
    void shouldCountTheBytesOfItsPanels() {
        final GemmCase test = new GemmCase(BYTES, 5, 0, Values.RANDOM, Place.NATIVE);
        try (Engine engine = Engine.builder().device("cpu:vector").build();
                PackedWeights weights = engine.pack(BYTES, test.b())) {
            final long canonical = weights.bytes();
            engine.compile(weights).run(test.a(), test.y());
            final long columns = Math.ceilDiv(150, VectorWidth.COLUMNS) * (long) VectorWidth.COLUMNS;
            assertEquals(canonical + columns * 300 + ByteTiles.OVER_READ, weights.bytes());
        }
    }
}
