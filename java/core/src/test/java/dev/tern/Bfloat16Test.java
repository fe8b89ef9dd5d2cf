package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bfloat16Test {
    @ParameterizedTest
    @CsvSource({
        "3f800000,3f80", // 1
        "3f808000,3f80", // half way: to the even one below
        "3f818000,3f82", // half way: to the even one above
        "3f808001,3f81",
        "bf807fff,bf80",
        "7f7fffff,7f80", // the largest f32 is infinite
        "ff800000,ff80",
        "80000000,8000", // -0
        "00008000,0000", // half of the smallest subnormal
        "00018000,0002",
        "7f800001,7fc0", // a NaN whose payload would be lost
        "ffc12345,ffc1"
    })
    void shouldRoundToTheNearestTiesToEven(final String wide, final String half) {
        final short bits = Bfloat16.of(Float.intBitsToFloat((int) Long.parseLong(wide, 16)));
        assertEquals(Integer.parseInt(half, 16), bits & 0xffff);
    }

    @Test
    void shouldRestoreAllThereAre() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            final float value = Bfloat16.toFloat((short) bits);
            final int quiet = Float.isNaN(value) ? bits | 0x40 : bits;
            assertEquals(quiet, Bfloat16.of(value) & 0xffff);
        }
    }

    /** The nearest of all, found by looking at the neighbours. */
    @Test
    void shouldLeaveNoneThatIsNearer() {
        IntStream.range(0, 1 << 15).forEach(i -> {
            final float value = Float.intBitsToFloat(0x3f800000 + i * 517);
            final int bits = Bfloat16.of(value);
            final double error = Math.abs(value - (double) Bfloat16.toFloat((short) bits));
            assertTrue(error <= Math.abs(value - (double) Bfloat16.toFloat((short) (bits + 1))));
            assertTrue(error <= Math.abs(value - (double) Bfloat16.toFloat((short) (bits - 1))));
        });
    }

    @Test
    void shouldConvertTensorsWithGaps() {
        final float[] values = {1, 1.00390625f, 0, -3.1415927f, 2, 0};
        try (Arena arena = Arena.ofConfined()) {
            final var memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            final Tensor halves =
                    Tensor.wrap(memory, DataType.F32, Shape.of(2, 2), 3, 1).to(DataType.BF16);
            assertEquals(new TensorType(DataType.BF16, Shape.of(2, 2)), new TensorType(halves.type(), halves.shape()));
            assertArrayEquals(new float[] {1, 1, -3.140625f, 2}, halves.toFloats());
            assertEquals(-3.140625f, halves.floatAt(2));
            assertArrayEquals(halves.toFloats(), halves.to(DataType.F32).toFloats());
        }
    }

    @Test
    void shouldRefuseIntegers() {
        final Tensor reals = Tensor.of(Shape.of(1), 1f);
        assertThrows(IllegalArgumentException.class, () -> reals.to(DataType.S8));
        assertThrows(
                IllegalArgumentException.class, () -> Tensor.of(Shape.of(1), 1).to(DataType.BF16));
    }
}
