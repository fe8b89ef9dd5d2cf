package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TruthTest {
    private final Arena arena = Arena.ofAuto();

    @Test
    void shouldTakeUnsignedRowsAsUnsigned() {
        final GemmCase gemm = new GemmCase(GemmType.U8S8S32, 1, 2, 2);
        final Inputs inputs = new Inputs(bytes(255, 2), bytes(1, -1, 10, 20));
        assertEquals(OptionalLong.empty(), Truth.of(gemm, inputs).firstWrong(ints(275, -215)));
    }

    @Test
    void shouldNameTheFirstIntegerThatIsOffByOne() {
        final GemmCase gemm = new GemmCase(GemmType.S8S8S32, 1, 2, 2);
        final Inputs inputs = new Inputs(bytes(-128, 2), bytes(1, -1, 10, 20));
        final Truth truth = Truth.of(gemm, inputs);
        assertEquals(OptionalLong.empty(), truth.firstWrong(ints(-108, 168)));
        assertEquals(OptionalLong.of(1), truth.firstWrong(ints(-108, 167)));
    }

    @Test
    void shouldMultiplySignsUpToTheLastOne() {
        final GemmCase gemm = new GemmCase(GemmType.B1B1S32, 1, 2, 9);
        final Inputs inputs = new Inputs(bytes(0b1010_1010, 0xff), bytes(0b1010_1010, 0, 0b0101_0101, 1));
        final Truth truth = Truth.of(gemm, inputs);
        assertEquals(OptionalLong.empty(), truth.firstWrong(ints(7, -7)));
        assertEquals(OptionalLong.of(0), truth.firstWrong(ints(9, -7)));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F32_NN", "F32_NT", "F32_TN"})
    void shouldFindOperandsAsTheTypeStoresThem(final GemmType type) {
        final MemorySegment a = type.isTransposedA() ? floats(1, 4, 2, 5, 3, 6) : floats(1, 2, 3, 4, 5, 6);
        final MemorySegment b = type.isTransposedB() ? floats(7, 9, 11, 8, 10, 12) : floats(7, 8, 9, 10, 11, 12);
        final Truth truth = Truth.of(new GemmCase(type, 2, 2, 3), new Inputs(a, b));
        assertEquals(OptionalLong.empty(), truth.firstWrong(floats(58, 64, 139, 154)));
    }

    @Test
    void shouldSeeNothingWhereThereIsPadding() {
        // 1 2   by a window of ones: each output sees all four, the corners of the padded image the corner alone
        // 3 4
        final ConvCase conv = ConvCase.of(ConvType.F32, "1x2x2x1-1-3x3s1p1");
        final Inputs ones = new Inputs(floats(1, 2, 3, 4), floats(1, 1, 1, 1, 1, 1, 1, 1, 1));
        assertEquals(OptionalLong.empty(), Truth.of(conv, ones).firstWrong(floats(10, 10, 10, 10)));
        final Inputs centre = new Inputs(floats(1, 2, 3, 4), floats(0, 0, 0, 0, 1, 0, 0, 0, 1));
        assertEquals(OptionalLong.empty(), Truth.of(conv, centre).firstWrong(floats(5, 2, 3, 4)));
        assertEquals(OptionalLong.of(1), Truth.of(conv, centre).firstWrong(floats(5, 3, 3, 4)));
    }

    @Test
    void shouldRequantizeAndCutOff() {
        final ConvCase conv = ConvCase.of(ConvType.U8S8U8, "1x1x1x1-4-1x1s1p0");
        final double step = conv.scaleY();
        final Inputs inputs = new Inputs(bytes(255), bytes(127, 127, -127, 2));
        final MemorySegment y = bytes((int) Math.rint(255 * 127 / step), (int) Math.rint(255 * 127 / step / 2), 0, 1);
        assertEquals(OptionalLong.empty(), Truth.of(conv, inputs).firstWrong(y));
    }

    @Test
    void shouldRefuseNaNAndWhatIsOutOfTheBound() {
        final GemmCase gemm = new GemmCase(GemmType.F32, 1, 1, 2);
        final Truth truth = Truth.of(gemm, new Inputs(floats(1, 1), floats(1, -1)));
        assertTrue(truth.firstWrong(floats(0)).isEmpty());
        assertTrue(truth.firstWrong(floats(0x1p-23f)).isEmpty());
        assertEquals(OptionalLong.of(0), truth.firstWrong(floats(0x1p-20f)));
        assertEquals(OptionalLong.of(0), truth.firstWrong(floats(Float.NaN)));
    }

    @Test
    void shouldTellTheMatricesOfABatchApart() {
        final GemmCase gemm = GemmCase.of(GemmType.U8S8S32, "2x1x2x1");
        final Truth truth = Truth.of(gemm, new Inputs(bytes(2, 3), bytes(5, 7, 11, 13)));
        assertEquals(OptionalLong.empty(), truth.firstWrong(ints(10, 14, 33, 39)));
        assertEquals(OptionalLong.of(3), truth.firstWrong(ints(10, 14, 33, 26)));
    }

    @Test
    void shouldScaleEachGroupOfAColumn() {
        final GemmCase gemm = GemmCase.of(GemmType.U8S8G32, "1x2x33");
        final MemorySegment a = arena.allocate(33).fill((byte) 1);
        final MemorySegment b = arena.allocate(66).fill((byte) 2);
        final Truth truth = Truth.of(gemm, new Inputs(a, b));
        final float first = 32 * 2 * 0x40p-12f + 2 * 0x4dp-12f; // the second group has 13 steps more
        final float second = 32 * 2 * 0x47p-12f + 2 * 0x54p-12f; // the second column has 7 more
        assertEquals(OptionalLong.empty(), truth.firstWrong(floats(first, second)));
        assertEquals(OptionalLong.of(1), truth.firstWrong(floats(first, second + 0x1p-12f)));
    }

    @Test
    void shouldAllowForActivationsThatAreRounded() {
        final GemmCase gemm = new GemmCase(GemmType.F32, 1, 1, 2);
        final Truth truth = Truth.of(gemm, new Inputs(floats(1, -4), floats(3, 2)));
        assertEquals(OptionalLong.of(0), truth.firstWrong(floats(-4.5f)));
        assertEquals(OptionalLong.empty(), truth.firstWrong(floats(-4.5f), 0.1)); // of 4, times 5: up to 2
        assertEquals(OptionalLong.of(0), truth.firstWrong(floats(-7.5f), 0.1));
    }

    @Test
    void shouldCarryCAndHFromStepToStep() {
        final LstmCase lstm = new LstmCase(2, 1, 1, 1);
        final Inputs inputs = new Inputs(floats(1, -2), floats(0.5f, 1, -1, 0.25f, 2, -0.5f, 1, 1));
        final double c1 = sigmoid(0.5) * Math.tanh(2);
        final double h1 = sigmoid(1) * Math.tanh(c1);
        final double c2 = sigmoid(2 + 0.25 * h1) * c1 + sigmoid(-1 + h1) * Math.tanh(-4 - 0.5 * h1);
        final double h2 = sigmoid(-2 + h1) * Math.tanh(c2);
        final Truth truth = Truth.of(lstm, inputs);
        assertEquals(OptionalLong.empty(), truth.firstWrong(floats((float) h1, (float) h2)));
        assertEquals(OptionalLong.of(1), truth.firstWrong(floats((float) h1, (float) h2 + 1e-5f)));
        assertEquals(OptionalLong.of(0), truth.firstWrong(floats(Float.NaN, (float) h2)));
    }

    private static double sigmoid(final double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private MemorySegment bytes(final int... values) {
        final MemorySegment segment = arena.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
        }
        return segment;
    }

    private MemorySegment ints(final int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    private MemorySegment floats(final float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }
}
