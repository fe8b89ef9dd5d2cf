package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tern.BatchedGemm;
import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Pool2d;
import dev.tern.Quantization;
import dev.tern.RowClass;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.TensorType;
import dev.tern.Window;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.machine.CpuInfo;
import dev.tern.machine.SystemFiles;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeBackendTest {
    private static final Gemm INT8 = Gemm.of(130, 200)
            .types(DataType.U8, DataType.S8, DataType.U8)
            .quantization(
                    Quantization.perTensor(0.02f, 7), Quantization.symmetric(0.01f), Quantization.perTensor(0.3f, 100));

    private NativeLibrary library;

    @BeforeEach
    void requireLibrary() {
        library = NativeTests.requireLibrary();
    }

    private static Engine engine(final int threads) {
        return Engine.builder().device("cpu:native").threads(threads).build();
    }

    private static Tensor bytes(final DataType type, final long rows, final long columns) {
        final byte[] values = new byte[(int) (rows * columns)];
        new Random(rows * 31 + columns).nextBytes(values);
        return Tensor.of(type, Shape.of(rows, columns), values);
    }

    @Test
    void shouldGiveInstructionSetsTheBitsOfTheHeader() throws ReflectiveOperationException {
        for (final Isa isa : Isa.values()) {
            final int bit = (int) LibTern.class.getMethod("TERN_ISA_" + isa).invoke(null);
            assertEquals(1 << isa.ordinal(), bit, isa.word());
            assertEquals(Set.of(isa), NativeKernel.isas(bit));
        }
    }

    /** But for AMX, which is listed even where no tiles are granted to this process. */
    @Test
    void shouldFindTheInstructionSetsThatTheOperatingSystemLists() {
        final Set<String> listed =
                Set.copyOf(CpuInfo.read(SystemFiles.ofThisMachine()).isa());
        final Set<String> found = library.cpuIsas().stream().map(Isa::word).collect(Collectors.toSet());
        final List<String> differing = new ArrayList<>();
        for (final Isa isa : Isa.values()) {
            if (isa != Isa.AMXINT8 && listed.contains(isa.word()) != found.contains(isa.word())) {
                differing.add(isa.word());
            }
        }
        assertEquals(List.of(), differing, "cpuid " + found + ", operating system " + listed);
    }

    @ParameterizedTest
    @EnumSource(Isa.class)
    void shouldKeepToTheClamp(final Isa clamp) {
        try (Engine engine = Engine.builder().device("cpu:native").maxIsa(clamp).build();
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Plan plan = engine.compile(weights);
            for (final RowClass rows : RowClass.values()) {
                for (final Candidate candidate : plan.explain().get(rows).candidates()) {
                    assertTrue(
                            candidate.verdict() == Candidate.Verdict.REFUSED || clamp.admits(candidate.isa()),
                            candidate.toString());
                }
            }
        }
    }

    @Test
    void shouldTellTheKernelsAndTheReasonForEachThatIsRefused() {
        try (Engine engine = engine(1);
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Set<String> named = engine.compile(weights).explain(1).candidates().stream()
                    .map(Candidate::kernel)
                    .collect(Collectors.toSet());
            for (final NativeKernel kernel : NativeTests.runnableKernels()) {
                assertEquals(kernel.runs(INT8), named.contains(kernel.name()), kernel.name());
            }
        }
    }

    @Test
    void shouldPackOnceForKernelsThatShareALayout() {
        try (Engine engine = engine(1);
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final long canonical = weights.bytes();
            final Plan plan = engine.compile(weights).prepare(RowClass.MANY);
            final long packed = weights.bytes();
            assertTrue(packed > canonical, "packing took no memory");
            plan.prepare(RowClass.MANY);
            engine.compile(weights).prepare(RowClass.MANY);
            assertEquals(packed, weights.bytes());
        }
    }

    @Test
    void shouldGive64ThreadsOnOnePlanTheSameBits() throws Exception {
        final Tensor x = bytes(DataType.U8, 96, 200);
        try (Engine engine = engine(2);
                ExecutorService threads = Executors.newFixedThreadPool(64);
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Plan plan = engine.compile(weights);
            final byte[] expected = run(plan, x).toBytes();
            final CountDownLatch start = new CountDownLatch(64);
            final Callable<Integer> work = () -> {
                start.countDown();
                start.await();
                int differing = 0;
                for (int i = 0; i < 50; i++) {
                    differing += MemorySegment.ofArray(expected)
                                            .mismatch(run(plan, x).segment())
                                    == -1
                            ? 0
                            : 1;
                }
                return differing;
            };
            final List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                results.add(threads.submit(work));
            }
            for (final Future<Integer> result : results) {
                assertEquals(0, result.get());
            }
        }
    }

    private static Tensor run(final Plan plan, final Tensor x) {
        final Tensor y = Tensor.allocate(DataType.U8, Shape.of(x.length(0), 130));
        plan.run(x, y);
        return y;
    }

    /** A run that read weights after they were freed would give other bytes, or end the process. */
    @Test
    void shouldFreeWeightsOnlyAfterTheRunsUnderWay() throws Exception {
        final Tensor x = bytes(DataType.U8, 64, 200);
        final Tensor b = bytes(DataType.S8, 200, 130);
        try (Engine engine = engine(2);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                final PackedWeights weights = engine.pack(INT8, b);
                final Plan plan = engine.compile(weights);
                final byte[] expected = run(plan, x).toBytes();
                final CountDownLatch running = new CountDownLatch(4);
                final List<Future<Boolean>> results = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    results.add(threads.submit(() -> runUntilClosed(plan, x, expected, running)));
                }
                running.await();
                weights.close();
                for (final Future<Boolean> result : results) {
                    assertTrue(result.get(), "a run gave other bytes");
                }
                assertEquals(0, engine.bytesInUse());
            }
        }
    }

    private static boolean runUntilClosed(
            final Plan plan, final Tensor x, final byte[] expected, final CountDownLatch running) {
        boolean same = true;
        try {
            while (true) {
                same &= MemorySegment.ofArray(expected).mismatch(run(plan, x).segment()) == -1;
                running.countDown();
            }
        } catch (final IllegalStateException closed) {
            return same && closed.getMessage().contains("closed");
        }
    }

    @Test
    void shouldAllocateNothingOnceWarm() {
        final Gemm f32 = Gemm.of(70, 50);
        try (Engine engine = engine(2);
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Plan packed = engine.compile(weights);
            final Tensor x = bytes(DataType.U8, 300, 200);
            final Tensor y = Tensor.allocate(DataType.U8, Shape.of(300, 130));
            assertAllocatesNothing(() -> packed.run(x, y));
            final Tensor row = x.first(1);
            final Tensor yRow = y.first(1);
            assertAllocatesNothing(() -> packed.run(row, yRow));
            final Plan unpacked = engine.compile(f32);
            final Tensor a = Tensor.allocate(DataType.F32, Shape.of(90, 50));
            final Tensor b = Tensor.allocate(DataType.F32, Shape.of(50, 70));
            final Tensor c = Tensor.allocate(DataType.F32, Shape.of(90, 70));
            assertAllocatesNothing(() -> unpacked.run(a, b, c));
        }
    }

    @Test
    void shouldAllocateNothingForBatches() {
        final BatchedGemm f32 = BatchedGemm.of(6, Gemm.of(70, 50));
        final BatchedGemm int8 = BatchedGemm.of(6, Gemm.of(70, 50).types(DataType.U8, DataType.S8, DataType.S32));
        try (Engine engine = engine(2);
                PackedWeights weights = engine.pack(int8, Tensor.allocate(DataType.S8, Shape.of(6, 50, 70)))) {
            assertAllocatesNothing(engine.compile(f32), f32, 90);
            assertAllocatesNothing(engine.compile(int8), int8, 90);
            final Plan packed = engine.compile(weights);
            final Tensor a = Tensor.allocate(DataType.U8, Shape.of(6, 90, 50));
            final Tensor y = Tensor.allocate(DataType.S32, Shape.of(6, 90, 70));
            assertAllocatesNothing(() -> packed.run(a, y));
        }
    }

    private static void assertAllocatesNothing(final Plan plan, final Operation operation, final long rows) {
        final Tensor a =
                Tensor.allocate(operation.a(rows).type(), operation.a(rows).shape());
        final Tensor b =
                Tensor.allocate(operation.b(rows).type(), operation.b(rows).shape());
        final Tensor y =
                Tensor.allocate(operation.y(rows).type(), operation.y(rows).shape());
        assertAllocatesNothing(() -> plan.run(a, b, y));
    }

    @Test
    void shouldAllocateNothingForPoolings() {
        final Pool2d pool = Pool2d.max(20, 24, 33, Window.of(3, 3).stride(2).padding(1));
        final TensorType image = pool.a(1);
        try (Engine engine = engine(2)) {
            final Plan forward = engine.compile(pool);
            final Plan backward = engine.compile(pool.backward());
            final Tensor x = Tensor.wrap(
                    MemorySegment.ofArray(new float[(int) image.shape().elements()]), image.type(), image.shape());
            final Tensor y = Tensor.allocate(DataType.F32, pool.y(1).shape());
            final Tensor dx = Tensor.allocate(DataType.F32, image.shape());
            assertAllocatesNothing(() -> forward.run(x, y));
            assertAllocatesNothing(() -> backward.run(x, y, dx));
        }
    }

    @Test
    void shouldAllocateNothingForLstms() {
        final Lstm lstm = Lstm.of(20, 33).stateful();
        try (Engine engine = engine(2);
                PackedWeights weights = engine.pack(lstm, Tensor.allocate(DataType.F32, Shape.of(132, 53)))) {
            final Plan plan = engine.compile(weights);
            final Tensor x = Tensor.allocate(DataType.F32, Shape.of(5, 40, 20));
            final Tensor y =
                    Tensor.wrap(MemorySegment.ofArray(new float[5 * 40 * 33]), DataType.F32, Shape.of(5, 40, 33));
            final Tensor state = Tensor.allocate(DataType.F32, Shape.of(2, 40, 33));
            assertAllocatesNothing(() -> plan.run(x, state, y));
        }
    }

    @Test
    void shouldAllocateNothingForTraining() {
        final LstmTraining training = Lstm.of(20, 33).stateful().training();
        try (Engine engine = engine(2)) {
            final Plan forward = engine.compile(training);
            final Plan backward = engine.compile(training.backward());
            final Tensor weights = Tensor.allocate(DataType.F32, Shape.of(132, 53));
            final Tensor recurrent = training.layer().recurrentWeights(weights);
            final Tensor bias = Tensor.allocate(DataType.F32, Shape.of(132));
            final Tensor tape = Tensor.allocate(DataType.F32, training.tape(5, 40));
            final Tensor dy =
                    Tensor.wrap(MemorySegment.ofArray(new float[7 * 40 * 33]), DataType.F32, Shape.of(7, 40, 33));
            assertAllocatesNothing(() -> forward.run(weights, bias, tape));
            assertAllocatesNothing(() -> backward.run(recurrent, dy, tape));
        }
    }

    /** Counted on the calling thread; what workers allocate would be a scratch that the first runs have made. */
    private static void assertAllocatesNothing(final Runnable run) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            run.run();
        }
        long allocated = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 10 && allocated != 0; attempt++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2_000; i++) {
                run.run();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated, "bytes in 2000 runs");
    }

    @Test
    void shouldCountTheCopiesOfHeapTensorsAndMakeNoneForNativeOnes() {
        try (Engine engine = engine(2);
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Plan plan = engine.compile(weights);
            final Tensor x = bytes(DataType.U8, 5, 200);
            final Tensor y = Tensor.allocate(DataType.U8, Shape.of(5, 130));
            plan.run(x, y);
            assertEquals(0, engine.transfers().staged());
            final Tensor heap = Tensor.wrap(MemorySegment.ofArray(x.toBytes()), DataType.U8, x.shape());
            final byte[] out = new byte[5 * 130];
            plan.run(heap, Tensor.wrap(MemorySegment.ofArray(out), DataType.U8, y.shape()));
            assertEquals(2, engine.transfers().staged());
            assertEquals(-1, MemorySegment.ofArray(out).mismatch(y.segment()));
        }
    }

    @Test
    void shouldRefuseAKernelThatTheLibraryDoesNotHave() {
        try (Engine engine = Engine.builder()
                        .device("cpu:native")
                        .kernel("gemm_u8s8s32_0x0_none")
                        .build();
                PackedWeights weights = engine.pack(INT8, bytes(DataType.S8, 200, 130))) {
            final Plan plan = engine.compile(weights);
            final String message = assertThrows(UnsupportedOperationException.class, () -> plan.explain(1))
                    .getMessage();
            assertTrue(message.contains("gemm_u8s8s32_0x0_none"), message);
        }
    }

    @Test
    void shouldRunEveryPeakThatTheProcessorHas() {
        final List<NativePeak> peaks = NativePeak.all();
        assertTrue(!peaks.isEmpty(), "no peak for " + library.cpuIsas());
        for (final NativePeak peak : peaks) {
            peak.run(10);
            assertTrue(peak.operations() > 0, peak.toString());
        }
        final MemorySegment memory = bytes(DataType.U8, 1, 4096).segment().fill((byte) 1);
        assertEquals(512 * 0x0101_0101_0101_0101L, NativePeak.read(memory));
    }
}
