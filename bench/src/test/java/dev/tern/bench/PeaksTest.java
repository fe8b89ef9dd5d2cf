package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PeaksTest {
    private static final Peaks.Reading WITH_TILES =
            new Peaks.Reading(1, Map.of("vpdpbusd_zmm", 700.0, "tdpbusd_tmm", 5600.0), 20.0);

    @Test
    void shouldHoldOnlyKernelsWithTilesToTiles() {
        assertEquals(Optional.of("tdpbusd_tmm"), WITH_TILES.instruction(GemmType.U8S8S32, true));
        assertEquals(Optional.of("vpdpbusd_zmm"), WITH_TILES.instruction(GemmType.U8S8S32, false));
    }

    @Test
    void shouldHoldAllToVectorsWhereThereAreNoTiles() {
        final Peaks.Reading vectors = new Peaks.Reading(1, Map.of("vpdpbusd_zmm", 700.0), 20.0);
        assertEquals(Optional.of("vpdpbusd_zmm"), vectors.instruction(GemmType.S8S8S32, true));
        assertEquals(Optional.empty(), vectors.instruction(GemmType.F32, false));
    }

    @Test
    void shouldTakeTheInstructionThatMovedMostForTheDrift() {
        final Peaks.Reading later = new Peaks.Reading(1, Map.of("vpdpbusd_zmm", 693.0, "tdpbusd_tmm", 5040.0), 10.0);
        assertEquals(0.1, WITH_TILES.drift(later), 1e-12);
        assertEquals(15.0, WITH_TILES.meanRead(later));
    }

    @Test
    void shouldNotDriftWhereNothingWasMeasured() {
        final Peaks.Reading none = new Peaks.Reading(1, Map.of(), null);
        assertEquals(0, none.drift(none));
        assertNull(none.meanRead(none));
    }
}
