package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DataTypeTest {
    @Test
    void shouldCallOnlyTheTypesBelowAByteSubByte() {
        final EnumSet<DataType> below = Arrays.stream(DataType.values())
                .filter(DataType::isSubByte)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(DataType.class)));
        assertEquals(EnumSet.of(DataType.S4, DataType.S2, DataType.B1), below);
    }
}
