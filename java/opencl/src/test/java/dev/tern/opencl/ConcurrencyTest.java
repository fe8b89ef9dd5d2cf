package dev.tern.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.management.ThreadMXBean;
import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many threads on one queue, and what happens to memory that queued commands still use. */
class ConcurrencyTest {
    private static final int THREADS = 64;
    private static final int SIZE = 96;
    private static final Gemm GEMM = Gemm.of(SIZE, SIZE);
    private static final Shape SHAPE = Shape.of(SIZE, SIZE);

    @Test
    void shouldGiveAllThreadsTheSameBits() throws Exception {
        try (Engine engine = Pocl.engine();
                PackedWeights weights = engine.pack(GEMM, filled(1));
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            final Device device = Pocl.device(engine);
            final Plan packed = engine.compile(weights);
            final Plan unpacked = engine.compile(GEMM);
            final float[] expected = run(packed, filled(2), Tensor.allocate(DataType.F32, SHAPE));
            final List<Callable<float[]>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final boolean resident = i % 2 == 0;
                final boolean withWeights = i % 4 < 2;
                tasks.add(() -> {
                    final Tensor x = resident ? onDevice(engine, device, filled(2)) : filled(2);
                    final Tensor y = resident
                            ? engine.allocate(device, DataType.F32, SHAPE)
                            : Tensor.allocate(DataType.F32, SHAPE);
                    if (withWeights) {
                        return run(packed, x, y);
                    }
                    unpacked.run(x, filled(1), y);
                    return y.toFloats();
                });
            }
            for (final Future<float[]> result : threads.invokeAll(tasks)) {
                assertArrayEquals(expected, result.get());
            }
        }
    }

    @Test
    void shouldFinishWhatIsQueuedWhenItsMemoryIsClosed() {
        try (Engine engine = Pocl.engine()) {
            final Device device = Pocl.device(engine);
            final Tensor x = onDevice(engine, device, filled(2));
            final Tensor y = engine.allocate(device, DataType.F32, SHAPE);
            final float[] expected;
            try (PackedWeights weights = engine.pack(GEMM, filled(1))) {
                expected = run(engine.compile(weights), filled(2), Tensor.allocate(DataType.F32, SHAPE));
            }
            final PackedWeights weights = engine.pack(GEMM, filled(1));
            final Plan plan = engine.compile(weights);
            for (int i = 0; i < 200; i++) {
                plan.run(x, y);
            }
            weights.close();
            x.storage().close();
            assertArrayEquals(expected, y.toFloats());
            assertThrows(IllegalStateException.class, () -> plan.run(filled(2), y));
        }
    }

    @Test
    void shouldFinishWhatIsQueuedWhenTheEngineIsClosed() {
        final Engine engine = Pocl.engine();
        final Device device = Pocl.device(engine);
        final Tensor x = onDevice(engine, device, filled(2));
        final Tensor y = engine.allocate(device, DataType.F32, SHAPE);
        final Plan plan = engine.compile(engine.pack(GEMM, filled(1)));
        for (int i = 0; i < 200; i++) {
            plan.run(x, y);
        }
        engine.close();
        assertThrows(IllegalStateException.class, () -> plan.run(x, y));
        assertThrows(IllegalStateException.class, y::toFloats);
        y.storage().close();
    }

    @Test
    void shouldFreeTensorsThatNobodyClosed() throws InterruptedException {
        final long hundredGigabytes = 100L << 30;
        final long each = 256L << 20;
        try (Engine engine = Pocl.engine()) {
            final Device device = Pocl.device(engine);
            for (long bytes = 0; bytes < hundredGigabytes; bytes += each) {
                engine.allocate(device, DataType.U8, Shape.of(each));
                if (bytes % (1L << 30) == 0) {
                    System.gc();
                    Thread.sleep(5);
                }
            }
        }
    }

    @Test
    void shouldAllocateNothingForResidentTensors() {
        final ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Engine engine = Pocl.engine();
                PackedWeights weights = engine.pack(GEMM, filled(1))) {
            final Device device = Pocl.device(engine);
            final Plan packed = engine.compile(weights);
            final Plan unpacked = engine.compile(GEMM);
            final Tensor x = onDevice(engine, device, filled(2));
            final Tensor b = onDevice(engine, device, filled(1));
            final Tensor y = engine.allocate(device, DataType.F32, SHAPE);
            final long[] allocated = new long[20];
            for (int i = 0; i < allocated.length; i++) {
                final long before = bean.getCurrentThreadAllocatedBytes();
                packed.run(x, y);
                unpacked.run(x, b, y);
                allocated[i] = bean.getCurrentThreadAllocatedBytes() - before;
                y.toFloats();
            }
            assertEquals(0, allocated[allocated.length - 1], () -> Arrays.toString(allocated));
        }
    }

    private static float[] run(final Plan plan, final Tensor x, final Tensor y) {
        plan.run(x, y);
        return y.toFloats();
    }

    private static Tensor onDevice(final Engine engine, final Device device, final Tensor tensor) {
        final Tensor copy = engine.allocate(device, tensor.type(), tensor.shape());
        tensor.copyTo(copy);
        return copy;
    }

    private static Tensor filled(final int seed) {
        final float[] values = new float[SIZE * SIZE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 31 + seed * 17) % 101 / 50f - 1;
        }
        return Tensor.of(SHAPE, values);
    }
}
