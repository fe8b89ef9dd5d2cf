package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PackedWeightsTest {
    private static final Gemm GEMM = Gemm.of(2, 3);
    private static final Tensor WEIGHTS = Tensor.allocate(DataType.F32, Shape.of(3, 2));

    /** A backend whose runs last until they are let go. */
    private static final class SlowBackend extends FakeBackend {
        private final CountDownLatch running = new CountDownLatch(1);
        private final CountDownLatch letGo = new CountDownLatch(1);

        SlowBackend() {
            super("slow", 1);
        }

        @Override
        void run() {
            running.countDown();
            try {
                letGo.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void shouldFreeAfterTheRunsUnderWay() throws InterruptedException {
        final SlowBackend slow = new SlowBackend();
        try (Engine engine = Engine.builder().backends(List.of(slow)).build()) {
            final PackedWeights weights = engine.pack(GEMM, WEIGHTS);
            final Plan plan = engine.compile(weights);
            final Thread run = Thread.ofPlatform().start(() -> run(plan));
            slow.running.await();
            final AtomicBoolean closed = new AtomicBoolean();
            final Thread close = Thread.ofPlatform().start(() -> {
                weights.close();
                closed.set(true);
            });
            close.join(50);
            assertFalse(closed.get(), "closed while a run was under way");
            assertTrue(engine.bytesInUse() > 0);
            assertThrows(IllegalStateException.class, () -> run(plan), "a run after close");
            slow.letGo.countDown();
            run.join(TimeUnit.SECONDS.toMillis(10));
            close.join(TimeUnit.SECONDS.toMillis(10));
            assertTrue(closed.get());
            assertEquals(0, engine.bytesInUse());
        }
    }

    @Test
    void shouldLiveUntilItsLastOwnerCloses() {
        try (Engine engine = Engine.builder().device("cpu:reference").build()) {
            final PackedWeights weights = engine.pack(GEMM, WEIGHTS);
            final Plan plan = engine.compile(weights);
            weights.retain();
            weights.close();
            run(plan);
            weights.close();
            assertThrows(IllegalStateException.class, () -> run(plan));
            assertThrows(IllegalStateException.class, weights::retain);
            weights.close();
        }
    }

    @Test
    void shouldBeFreedByItsEngine() {
        final Engine engine = Engine.builder().device("cpu:reference").build();
        final Plan packed = engine.compile(engine.pack(GEMM, WEIGHTS));
        final Plan unpacked = engine.compile(GEMM);
        engine.close();
        assertThrows(IllegalStateException.class, () -> run(packed));
        assertThrows(
                IllegalStateException.class,
                () -> unpacked.run(
                        Tensor.allocate(DataType.F32, Shape.of(1, 3)),
                        WEIGHTS,
                        Tensor.allocate(DataType.F32, Shape.of(1, 2))));
        assertThrows(IllegalStateException.class, () -> engine.pack(GEMM, WEIGHTS));
    }

    @Test
    void shouldNotSeeLaterChangesOfWhatItWasPackedFrom() {
        final Tensor source = Tensor.of(Shape.of(1, 1), 2f);
        try (Engine engine = Engine.builder().device("cpu:reference").build();
                PackedWeights weights = engine.pack(Gemm.of(1, 1), source)) {
            Tensor.of(Shape.of(1, 1), 9f).copyTo(source);
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 1));
            engine.compile(weights).run(Tensor.of(Shape.of(1, 1), 3f), y);
            assertEquals(6f, y.toFloats()[0]);
        }
    }

    private static void run(final Plan plan) {
        plan.run(Tensor.allocate(DataType.F32, Shape.of(1, 3)), Tensor.allocate(DataType.F32, Shape.of(1, 2)));
    }
}
