package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DataTypeTest {
    @Test
    void shouldPackTypesBelowAByteAndRoundUp() {
        assertEquals(12, DataType.F32.bytes(3));
        assertEquals(2, DataType.S4.bytes(3));
        assertEquals(1, DataType.S2.bytes(3));
        assertEquals(2, DataType.B1.bytes(9));
        assertEquals(0, DataType.U8.bytes(0));
    }

    @Test
    void shouldKnowTheRangeOfIntegers() {
        assertEquals("0 255", DataType.U8.min() + " " + DataType.U8.max());
        assertEquals("-128 127", DataType.S8.min() + " " + DataType.S8.max());
        assertEquals("-8 7", DataType.S4.min() + " " + DataType.S4.max());
        assertEquals("-1 1", DataType.B1.min() + " " + DataType.B1.max());
        assertEquals(Integer.MIN_VALUE + " " + Integer.MAX_VALUE, DataType.S32.min() + " " + DataType.S32.max());
    }

    @Test
    void shouldRefuseTheIntegerRangeOfAFloat() {
        assertThrows(IllegalArgumentException.class, DataType.F32::min);
    }
}
