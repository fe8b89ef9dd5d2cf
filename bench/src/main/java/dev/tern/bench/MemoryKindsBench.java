package dev.tern.bench;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A vector kernel on native tensors, in a JVM that has met nothing else and in one that has met every kind of tensor
 * before: the two must be equal. Code that touches two kinds of memory with vectors is six times slower in the second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class MemoryKindsBench {
    private static final int SIZE = 256;
    private static final int MEETINGS = 3_000; // enough for C2 to have compiled with all kinds in the profile

    /** What the kernel has seen before it is measured. */
    @Param({"native", "every"})
    public String seen;

    private final Arena arena = Arena.ofShared();
    private Engine engine;
    private PackedWeights weights;
    private Plan plan;
    private Tensor x;
    private Tensor y;

    @Setup
    public void prepare() {
        engine = Engine.builder().threads(1).device("cpu:vector").build();
        weights = engine.pack(Gemm.of(SIZE, SIZE), tensor(arena.allocate(bytes(0)), 0));
        plan = engine.compile(weights);
        x = tensor(arena.allocate(bytes(0), 64), 0);
        y = tensor(arena.allocate(bytes(0), 64), 0);
        if (seen.equals("every")) {
            meetEveryKind();
        }
    }

    private void meetEveryKind() {
        final Tensor heapX = tensor(MemorySegment.ofArray(new float[SIZE * SIZE]), 0);
        final Tensor heapY = tensor(MemorySegment.ofArray(new float[SIZE * SIZE]), 0);
        final Tensor bytesX = tensor(MemorySegment.ofArray(new byte[(int) bytes(0)]), 0);
        final Tensor bytesY = tensor(MemorySegment.ofArray(new byte[(int) bytes(0)]), 0);
        final Tensor gapsX = tensor(arena.allocate(bytes(5)), 5);
        final Tensor unalignedY = tensor(arena.allocate(bytes(0) + 1).asSlice(1), 0);
        for (int i = 0; i < MEETINGS; i++) {
            plan.run(heapX, heapY);
            plan.run(bytesX, bytesY);
            plan.run(gapsX, unalignedY);
            plan.run(x, y);
        }
    }

    private static long bytes(final int gap) {
        return (long) SIZE * (SIZE + gap) * Float.BYTES;
    }

    private static Tensor tensor(final MemorySegment memory, final int gap) {
        return Tensor.wrap(memory, DataType.F32, Shape.of(SIZE, SIZE), SIZE + gap, 1);
    }

    @Benchmark
    public void run() {
        plan.run(x, y);
    }

    @TearDown
    public void release() {
        weights.close();
        engine.close();
        arena.close();
    }
}
