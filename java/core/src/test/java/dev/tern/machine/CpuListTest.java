package dev.tern.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {

    @Test
    void shouldReadRangesAndSingleProcessors() {
        assertEquals(
                "{0, 1, 2, 8, 10, 11}",
                CpuList.parse("0-2,8,10-11\n").orElseThrow().toString());
    }

    @Test
    void shouldReadAnEmptySet() {
        assertTrue(CpuList.parse("\n").orElseThrow().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3-1", "-1", "a", "0-", "0,,1", "0-2000000000"})
    void shouldRefuseWhatIsNoList(final String text) {
        assertTrue(CpuList.parse(text).isEmpty());
    }
}
