package dev.tern.opencl;

import static dev.tern.DataType.F32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Transfers;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tensors whose memory is not an address. */
class ResidentTensorsTest {
    private static final int M = 21;
    private static final int K = 37;
    private static final int HIDDEN = 50;
    private static final int N = 10;
    private static final Quantization Q8 = Quantization.perTensor(0.03f, 7);
    private static final Quantization QW = Quantization.symmetric(0.01f);
    private static final Gemm FIRST =
            Gemm.of(HIDDEN, K).types(U8, S8, U8).quantization(Q8, QW, Q8).relu();
    private static final Gemm SECOND = Gemm.of(N, HIDDEN).types(U8, S8, F32).quantization(Q8, QW);

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(11);
    private final Tensor weights1 = bytes(S8, K, HIDDEN);
    private final Tensor weights2 = bytes(S8, HIDDEN, N);
    private Engine engine;
    private Device device;

    @BeforeEach
    void open() {
        engine = Pocl.engine();
        device = Pocl.device(engine);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void shouldCopyNothingBetweenTwoGemms() {
        final Tensor input = bytes(U8, M, K);
        final Tensor x = onDevice(input);
        final Tensor hidden = engine.allocate(device, U8, Shape.of(M, HIDDEN));
        final Tensor y = engine.allocate(device, F32, Shape.of(M, N));
        try (PackedWeights w1 = engine.pack(FIRST, weights1);
                PackedWeights w2 = engine.pack(SECOND, weights2)) {
            final Plan first = engine.compile(w1);
            final Plan second = engine.compile(w2);
            first.run(x, hidden);
            second.run(hidden, y);
            final Copies before = Copies.of(engine.transfers());
            first.run(x, hidden);
            second.run(hidden, y);
            assertEquals(before, Copies.of(engine.transfers()));
            assertArrayEquals(chainOnReference(input), y.toFloats());
            assertEquals(before.toHost() + 1, engine.transfers().toHost());
        }
    }

    @Test
    void shouldCountTheCopiesOfHostTensors() {
        final Tensor x = bytes(U8, M, K);
        final Tensor y = Tensor.allocate(U8, Shape.of(M, HIDDEN));
        try (PackedWeights w = engine.pack(FIRST, weights1)) {
            final Plan plan = engine.compile(w);
            plan.run(x, y);
            final Copies before = Copies.of(engine.transfers());
            plan.run(x, y);
            assertEquals(
                    new Copies(before.toDevice() + 1, before.toHost() + 1, before.staged()),
                    Copies.of(engine.transfers()));
        }
    }

    @Test
    void shouldRunOnViewsWithOffsetsAndGaps() {
        final Tensor wideX = onDevice(bytes(U8, 2 * M, K + 9));
        final Tensor wideY = onDevice(bytes(U8, M + 4, HIDDEN + 30));
        final byte[] untouched = wideY.toBytes();
        final Tensor x = wideX.slice(0, 5, 5 + M).slice(1, 3, 3 + K);
        final Tensor y = wideY.slice(0, 2, 2 + M).slice(1, 11, 11 + HIDDEN);
        try (PackedWeights w = engine.pack(FIRST, weights1)) {
            engine.compile(w).run(x, y);
        }
        final byte[] expected =
                onReference(FIRST, dense(x), weights1, U8, HIDDEN).toBytes();
        assertArrayEquals(expected, y.toBytes());
        final byte[] all = wideY.toBytes();
        for (int row = 0; row < M + 4; row++) {
            for (int column = 0; column < HIDDEN + 30; column++) {
                final boolean inside = row >= 2 && row < 2 + M && column >= 11 && column < 11 + HIDDEN;
                final int at = row * (HIDDEN + 30) + column;
                if (!inside) {
                    assertEquals(untouched[at], all[at], "row " + row + ", column " + column);
                }
            }
        }
    }

    @Test
    void shouldTakeBothOperandsFromTheDevice() {
        final Gemm gemm = Gemm.of(N, K).types(S8, S8, DataType.S32).quantization(Q8, QW);
        final Tensor a = bytes(S8, M, K);
        final Tensor b = bytes(S8, K, N);
        final Tensor y = engine.allocate(device, DataType.S32, Shape.of(M, N));
        engine.compile(gemm).run(onDevice(a), onDevice(b), y);
        assertArrayEquals(onReference(gemm, a, b, DataType.S32, N).toInts(), y.toInts());
    }

    @Test
    void shouldAccumulateOnTheDevice() {
        final Gemm gemm =
                Gemm.of(N, K).types(U8, S8, DataType.S32).quantization(Q8, QW).accumulate();
        final Tensor x = bytes(U8, M, K);
        final Tensor w = bytes(S8, K, N);
        final Tensor y = onDevice(Tensor.allocate(DataType.S32, Shape.of(M, N)));
        final Plan plan = engine.compile(gemm);
        plan.run(onDevice(x), onDevice(w), y);
        plan.run(onDevice(x), onDevice(w), y);
        final int[] once = onReference(gemm, x, w, DataType.S32, N).toInts();
        final int[] twice = y.toInts();
        for (int i = 0; i < once.length; i++) {
            assertEquals(2 * once[i], twice[i]);
        }
    }

    @Test
    void shouldCountTheBytesOfThePackedForm() {
        try (PackedWeights w = engine.pack(FIRST, weights1)) {
            assertEquals(K * HIDDEN, w.bytes());
            engine.compile(w).run(bytes(U8, M, K), Tensor.allocate(U8, Shape.of(M, HIDDEN)));
            final Tile tile = Pocl.driver().tile();
            final long padded = tile.paddedColumns(HIDDEN);
            assertEquals(K * HIDDEN + padded * tile.paddedTerms(K) + padded * Integer.BYTES, w.bytes());
        }
    }

    @Test
    void shouldCopyBetweenEngines() {
        final Tensor x = bytes(U8, M, K);
        try (Engine other = Pocl.engine()) {
            final Tensor there = other.allocate(device, U8, Shape.of(M, K));
            onDevice(x).copyTo(there);
            assertArrayEquals(x.toBytes(), there.toBytes());
            final Tensor y = engine.allocate(device, U8, Shape.of(M, HIDDEN));
            try (PackedWeights w = engine.pack(FIRST, weights1)) {
                engine.compile(w).run(there, y);
            }
            assertArrayEquals(onReference(FIRST, x, weights1, U8, HIDDEN).toBytes(), y.toBytes());
        }
    }

    @Test
    void shouldRefuseTensorsThatWereClosed() {
        final Tensor x = onDevice(bytes(U8, M, K));
        final Tensor y = engine.allocate(device, U8, Shape.of(M, HIDDEN));
        try (PackedWeights w = engine.pack(FIRST, weights1)) {
            final Plan plan = engine.compile(w);
            plan.run(x, y);
            x.storage().close();
            x.storage().close();
            assertThrows(IllegalStateException.class, () -> plan.run(x, y));
            assertThrows(IllegalStateException.class, x::toBytes);
        }
    }

    @Test
    void shouldHaveNoAddress() {
        final Tensor x = onDevice(bytes(U8, M, K));
        assertFalse(x.device().isHost());
        assertThrows(IllegalStateException.class, x::segment);
    }

    private record Copies(long toDevice, long toHost, long staged) {
        static Copies of(final Transfers transfers) {
            return new Copies(transfers.toDevice(), transfers.toHost(), transfers.staged());
        }
    }

    private float[] chainOnReference(final Tensor input) {
        final Tensor hidden = onReference(FIRST, input, weights1, U8, HIDDEN);
        return onReference(SECOND, hidden, weights2, F32, N).toFloats();
    }

    private static Tensor onReference(
            final Gemm gemm, final Tensor a, final Tensor b, final DataType type, final int n) {
        final Tensor y = Tensor.allocate(type, Shape.of(a.length(0), n));
        try (Engine reference =
                Engine.builder().device("cpu:reference").threads(1).build()) {
            reference.compile(gemm).run(a, b, y);
        }
        return y;
    }

    private static Tensor dense(final Tensor view) {
        final Tensor copy = Tensor.allocate(view.type(), view.shape());
        view.copyTo(copy);
        return copy;
    }

    private Tensor onDevice(final Tensor tensor) {
        final Tensor copy = engine.allocate(device, tensor.type(), tensor.shape());
        tensor.copyTo(copy);
        return copy;
    }

    private Tensor bytes(final DataType type, final int rows, final int columns) {
        final byte[] values = new byte[rows * columns];
        random.nextBytes(values);
        return Tensor.of(type, Shape.of(rows, columns), values);
    }
}
