package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LstmCaseTest {

    @Test
    void shouldReadTheShapeThatItWrites() {
        assertEquals("28x64x28-128", LstmCase.of(GemmType.F32, "28x64x28-128").shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"28x64x28", "28x64x28x128", "0x1x1-1"})
    void shouldRefuseWhatIsNoShape(final String shape) {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> LstmCase.of(GemmType.F32, shape));
        assertTrue(refusal.getMessage().contains(shape), refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> LstmCase.of(GemmType.BF16, "1x1x1-1"));
    }

    @Test
    void shouldCountTheProductsOfAllSteps() {
        final LstmCase lstm = new LstmCase(28, 64, 28, 128);
        assertEquals(2L * 28 * 64 * 4 * 128 * (28 + 128), lstm.operations());
        assertEquals(28L * 64 * 28 * 4, lstm.bytesA());
        assertEquals(4L * 128 * (28 + 128) * 4, lstm.bytesB());
        assertEquals(28L * 64 * 128 * 4, lstm.bytesY());
    }

    @Test
    void shouldGiveGatesInThePeersOrder() {
        final LstmCase lstm = new LstmCase(1, 1, 1, 1);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment weights = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 10, 2, 20, 3, 30, 4, 40);
            final MemorySegment input = lstm.inputWeights(weights, arena, 0, 3, 1, 2);
            final MemorySegment recurrent = lstm.recurrentWeights(weights, arena, 0, 3, 1, 2);
            assertArrayEquals(new float[] {1, 4, 2, 3}, input.toArray(ValueLayout.JAVA_FLOAT));
            assertArrayEquals(new float[] {10, 40, 20, 30}, recurrent.toArray(ValueLayout.JAVA_FLOAT));
        }
    }
}
