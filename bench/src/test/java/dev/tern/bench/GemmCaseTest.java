package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GemmCaseTest {

    @ParameterizedTest
    @ValueSource(strings = {"1x1024x4096", "12x128x128x64"})
    void shouldReadTheShapeThatItWrites(final String shape) {
        assertEquals(shape, GemmCase.of(GemmType.F32, shape).shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1x2", "0x1x1", "1x2x3x4x5", "0x1x2x3"})
    void shouldRefuseWhatIsNoShape(final String shape) {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> GemmCase.of(GemmType.F32, shape));
        assertTrue(refusal.getMessage().contains(shape), refusal.getMessage());
    }

    @Test
    void shouldCountTheWholeBatch() {
        final GemmCase gemm = GemmCase.of(GemmType.U8S4S32, "3x5x7x9");
        assertEquals(3 * 2 * 5 * 7 * 9, gemm.operations());
        assertEquals(3 * 5 * 9, gemm.bytesA());
        assertEquals(3 * 9 * 4, gemm.bytesB());
        assertEquals(3 * 5 * 7 * 4, gemm.bytesY());
        assertEquals(15, gemm.items());
    }

    @Test
    void shouldMoveTheScalesOfGroups() {
        final GemmCase gemm = GemmCase.of(GemmType.F32S4G32, "1x8x65");
        assertEquals(65 * 4 + 8 * 33 + 8 * 4 + 8 * 3 * 4, gemm.bytesMoved());
    }

    @Test
    void shouldWidenWeightsByOneType() {
        assertEquals(Optional.of(GemmType.U8S4S32), GemmType.U8S2S32.withWiderWeights());
        assertEquals(Optional.of(GemmType.F32S8G32), GemmType.F32S4G32.withWiderWeights());
        assertEquals(Optional.empty(), GemmType.U8S8S32.withWiderWeights());
        assertEquals(Optional.empty(), GemmType.B1B1S32.withWiderWeights());
        assertEquals(Optional.empty(), GemmType.BF16.withWiderWeights());
    }
}
