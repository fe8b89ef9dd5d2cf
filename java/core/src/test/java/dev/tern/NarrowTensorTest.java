package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Types below eight bits: several to a byte, rows from whole bytes on. */
class NarrowTensorTest {
    private static final Shape SHAPE = Shape.of(3, 5);

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"S8", "U8", "S4", "S2", "B1"})
    void shouldReadWhatWasWritten(final DataType type) {
        final int[] values = IntStream.range(0, 15)
                .map(i -> type == DataType.B1 ? i % 3 % 2 * 2 - 1 : Math.floorMod(i * 7, 1 << type.bits()) + type.min())
                .toArray();
        final Tensor tensor = Tensor.integers(type, SHAPE, values);
        for (int i = 0; i < values.length; i++) {
            assertEquals(values[i], tensor.integerAt(i / 5 * tensor.stride(0) + i % 5), type + " at " + i);
        }
    }

    @Test
    void shouldFillBytesFromTheLowestBitsOn() {
        assertArrayEquals(new byte[] {0x21, (byte) 0xf7, 0x03}, bytes(DataType.S4, 1, 2, 7, -1, 3));
        assertArrayEquals(new byte[] {(byte) 0b11_10_01_00, 0b01}, bytes(DataType.S2, 0, 1, -2, -1, 1));
        assertArrayEquals(new byte[] {0b10011}, bytes(DataType.B1, 1, 1, -1, -1, 1));
    }

    private static byte[] bytes(final DataType type, final int... values) {
        return Tensor.integers(type, Shape.of(1, values.length), values).toBytes();
    }

    @Test
    void shouldRefuseWhatATypeCannotHold() {
        assertRefusal("values: got 8, allowed: values of S4", DataType.S4, 8);
        assertRefusal("values: got -3, allowed: values of S2", DataType.S2, -3);
        assertRefusal("values: got 0, allowed: values of B1", DataType.B1, 0);
        assertRefusal("values: got 256, allowed: values of U8", DataType.U8, 256);
        assertRefusal("type: got F32", DataType.F32, 1);
    }

    private static void assertRefusal(final String message, final DataType type, final int value) {
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Tensor.integers(type, Shape.of(1, 1), value));
        assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
    }
}
