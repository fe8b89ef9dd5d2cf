package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.probe.ProbeReport.Cache;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReadLevelsTest {
    private static final long MIB = 1 << 20;

    private final ReadLevels levels = new ReadLevels(List.of(
            new Cache(1, "data", 32 << 10, 64, 2, 8),
            new Cache(1, "instruction", 64 << 10, 64, 2, 8),
            new Cache(2, "unified", MIB, 64, 2, 8),
            new Cache(3, "unified", 64 * MIB, 64, 16, 1)));

    @Test
    void shouldStayWithinEachLevelAndOutsideTheOneBelow() {
        assertEquals(
                Map.of("L1", 24L << 10, "L2", MIB / 2, "L3", 8 * MIB, "memory", 256 * MIB),
                levels.bytesPerThread(1, levels.memoryBytes()));
    }

    @Test
    void shouldShareL3AndMemoryAmongThreads() {
        final Map<String, Long> shared = levels.bytesPerThread(4, 256 * MIB);
        assertEquals(4 * MIB, shared.get("L3"));
        assertEquals(64 * MIB, shared.get("memory"));
        assertEquals(MIB / 2, shared.get("L2"), "L2 is each core's own");
    }

    @Test
    void shouldLeaveMemoryOutWhereTheCachesHoldMostOfIt() {
        assertFalse(levels.bytesPerThread(1, 100 * MIB).containsKey("memory"));
        assertTrue(levels.bytesPerThread(1, 128 * MIB).containsKey("memory"));
    }

    @Test
    void shouldMeasureMemoryAloneWhereNoCacheIsKnown() {
        final ReadLevels unknown = new ReadLevels(List.of());
        assertEquals(Map.of("memory", 256 * MIB), unknown.bytesPerThread(1, unknown.memoryBytes()));
    }

    @Test
    void shouldReadWholeBlocksWithinWhatThereIs() {
        levels.bytesPerThread(3, 200 * MIB + 12345).values().forEach(bytes -> {
            assertTrue(bytes < MIB || bytes % MIB == 0, () -> "bytes: " + bytes);
            assertTrue(3 * bytes <= 200 * MIB + 12345, () -> "bytes: " + bytes);
        });
    }
}
