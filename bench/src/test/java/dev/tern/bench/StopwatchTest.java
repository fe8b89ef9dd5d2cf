package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class StopwatchTest {
    private final Stopwatch stopwatch = new Stopwatch();
    private long calls;

    @Test
    void shouldTimeALongCallByItself() {
        final Stopwatch.Window window = stopwatch.time(this::sleepAMillisecond, 20_000_000);
        assertTrue(window.min() >= 1_000_000 && window.median() >= window.min(), window.toString());
        assertEquals(calls - 1, window.runs());
    }

    @Test
    void shouldTimeShortCallsInBatches() {
        final Stopwatch.Window window = stopwatch.time(() -> calls++, 5_000_000);
        assertTrue(window.median() < 1_000, window.toString());
        assertTrue(window.runs() >= 100, window.toString());
    }

    @Test
    void shouldStopWarmingAtTheLimit() {
        stopwatch.warm(this::sleepAMillisecond, 0);
        assertEquals(0, calls);
    }

    @Test
    void shouldTakeTheMiddleOrTheMeanOfBoth() {
        assertEquals(2, Stopwatch.median(new double[] {1, 2, 9}, 3));
        assertEquals(3, Stopwatch.median(new double[] {1, 2, 4, 9}, 4));
    }

    private void sleepAMillisecond() {
        calls++;
        final long end = System.nanoTime() + 1_000_000;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(100_000);
        }
    }
}
