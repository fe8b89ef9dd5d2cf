package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConvCaseTest {

    @ParameterizedTest
    @ValueSource(strings = {"1x56x56x64-64-3x3s1p1", "8x224x224x3-64-7x7s2p3", "1x28x28x192-192-3x3s1p1g192"})
    void shouldReadTheShapeThatItWrites(final String shape) {
        assertEquals(shape, ConvCase.of(ConvType.F32, shape).shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1x56x56x64-64", "1x56x56x64-64-3x5s1p1", "1x56x56-64-3x3s1p1"})
    void shouldRefuseWhatIsNoShape(final String shape) {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> ConvCase.of(ConvType.F32, shape));
        assertTrue(refusal.getMessage().contains(shape), refusal.getMessage());
    }

    @Test
    void shouldCountTheOperationsOfItsSums() {
        final ConvCase conv = ConvCase.of(ConvType.F32, "2x56x56x64-32-3x3s2p1");
        assertEquals(2L * 2 * 28 * 28 * 32 * 9 * 64, conv.operations());
        assertEquals(2L * 56 * 56 * 64 * 4, conv.bytesA());
        assertEquals(32L * 9 * 64 * 4, conv.bytesB());
        assertEquals(2L * 28 * 28 * 32 * 4, conv.bytesY());
    }
}
