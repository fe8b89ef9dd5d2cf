package dev.tern.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class GemmDifferentialTest {
    /**
     * f32 in three layouts; bf16 in two; two types of a, four of y, in two layouts; weights of two narrow types, which
     * become bytes before they are multiplied, to s32; signs with four types of y; weights that are scaled before sums
     * end, beside f32 in four types (signs in one layout), beside two types in three; bytes beside signs; each with b
     * packed and at run time.
     */
    private static final int CELLS = (3 + 2 + 2 * 4 * 2 + 2 * 2 * 2 + 4 + (3 * 2 + 1) + 2 * 3 * 2 + 2) * 2;

    private static final Set<String> CELLS_RUN = ConcurrentHashMap.newKeySet();
    private static Engine alone;
    private static Engine together;
    private static GemmDifferential onOneThread;
    private static GemmDifferential onThreeThreads;

    @BeforeAll
    static void openEngines() {
        alone = Engine.builder().device("cpu:vector").threads(1).build();
        together = Engine.builder().device("cpu:vector").threads(3).build();
        onOneThread = new GemmDifferential(alone);
        onThreeThreads = new GemmDifferential(together);
    }

    @AfterAll
    static void closeEnginesAndCountCells() {
        onOneThread.close();
        onThreeThreads.close();
        alone.close();
        together.close();
        assertEquals(CELLS, CELLS_RUN.size(), () -> "cells run at " + VectorWidth.BITS + " bit: " + CELLS_RUN);
    }

    static Stream<GemmCase> small() {
        final Stream<GemmCase> floats = Stream.of(Layout.values()).flatMap(layout -> GemmCases.f32(layout).stream());
        final Stream<GemmCase> bytes = Stream.of(DataType.S8, DataType.U8)
                .flatMap(a -> Stream.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)
                        .flatMap(y -> GemmCases.int8(a, y).stream()));
        final Stream<GemmCase> narrow = Stream.of(DataType.S8, DataType.U8)
                .flatMap(a ->
                        Stream.of(DataType.S4, DataType.S2).flatMap(b -> GemmCases.bytes(a, b, DataType.S32).stream()));
        final Stream<GemmCase> halves =
                Stream.of(Layout.NN, Layout.NT).flatMap(layout -> GemmCases.bf16(layout).stream());
        return Stream.of(floats, halves, bytes, narrow, signs(), scaled()).flatMap(cases -> cases);
    }

    private static Stream<GemmCase> scaled() {
        final Stream<GemmCase> floats = Stream.of(DataType.S8, DataType.S4, DataType.S2, DataType.B1)
                .flatMap(b -> GemmCases.scaled(DataType.F32, b).stream());
        final Stream<GemmCase> bytes = Stream.of(DataType.S8, DataType.U8)
                .flatMap(a ->
                        Stream.of(DataType.S8, DataType.S4, DataType.S2).flatMap(b -> GemmCases.scaled(a, b).stream()));
        final Stream<GemmCase> signs = Stream.of(DataType.S8, DataType.U8)
                .flatMap(a -> GemmCases.bytes(a, DataType.B1, DataType.S32).stream());
        return Stream.of(floats, bytes, signs).flatMap(cases -> cases);
    }

    private static Stream<GemmCase> signs() {
        return Stream.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)
                .flatMap(y -> GemmCases.signs(y).stream());
    }

    /** Enough work to fork: several blocks of rows and groups of panels, or several pieces of k, each with a rest. */
    static Stream<GemmCase> large() {
        return Stream.of(
                        Stream.of(Layout.values()).flatMap(GemmDifferentialTest::largeFloats),
                        Stream.of(DataType.S8, DataType.U8).flatMap(GemmDifferentialTest::largeBytes),
                        largeSigns(),
                        largeScaled())
                .flatMap(cases -> cases);
    }

    private static Stream<GemmCase> largeFloats(final Layout layout) {
        final Gemm wide = Gemm.of(301, 37).layout(layout);
        final Gemm deep = Gemm.of(45, 801).layout(layout);
        return Stream.of(
                new GemmCase(wide, 205, 5, Values.RANDOM, Place.NATIVE),
                new GemmCase(deep, 19, 0, Values.RANDOM, Place.HEAP),
                new GemmCase(deep.accumulate(), 19, 1, Values.RANDOM, Place.UNALIGNED));
    }

    /** Several blocks of rows; several pieces of k, of more than one group each. */
    private static Stream<GemmCase> largeScaled() {
        final float[][] scales = new float[45][13];
        for (final float[] column : scales) {
            java.util.Arrays.fill(column, 0.01f);
        }
        final Gemm wide = Gemm.of(301, 371).types(DataType.F32, DataType.S4, DataType.F32);
        final Gemm deep = Gemm.of(45, 801)
                .types(DataType.F32, DataType.S8, DataType.F32)
                .quantization(Quantization.perGroup(64, scales));
        return Stream.of(
                new GemmCase(wide, 205, 5, Values.RANDOM, Place.NATIVE),
                new GemmCase(deep, 19, 1, Values.RANDOM, Place.UNALIGNED),
                new GemmCase(
                        deep.types(DataType.U8, DataType.S8, DataType.F32), 19, 0, Values.MIXED_EXTREMES, Place.HEAP));
    }

    private static Stream<GemmCase> largeSigns() {
        final Gemm wide = Gemm.of(301, 371).types(DataType.B1, DataType.B1, DataType.S32);
        final Gemm deep = Gemm.of(45, 20_001).types(DataType.B1, DataType.B1, DataType.S32);
        return Stream.of(
                new GemmCase(wide, 205, 5, Values.RANDOM, Place.NATIVE),
                new GemmCase(deep, 19, 1, Values.RANDOM, Place.UNALIGNED));
    }

    /** The longest sums that floats hold, full of extremes, on all paths: one row, few, some, many. */
    private static Stream<GemmCase> largeBytes(final DataType a) {
        return Stream.of(Values.values())
                .flatMap(values -> Stream.of(1, 3, 7, 26).map(rows -> {
                    final Gemm gemm = Gemm.of(rows == 1 ? 301 : 45, 1100)
                            .types(a, DataType.S8, DataType.S32)
                            .quantization(
                                    Quantization.perTensor(1, values == Values.ALL_MIN ? a.max() : a.min()),
                                    Quantization.perTensor(1, values == Values.ALL_MAX ? -128 : 127));
                    return new GemmCase(gemm, rows, 3, values, Place.NATIVE);
                }));
    }

    @ParameterizedTest
    @MethodSource("small")
    void shouldAgreeWithTheReferenceOnOneThread(final GemmCase test) {
        check(onOneThread, test);
    }

    @ParameterizedTest
    @MethodSource("large")
    void shouldAgreeWithTheReferenceOnThreeThreads(final GemmCase test) {
        check(onThreeThreads, test);
    }

    static Stream<GemmCase> scaledRows() {
        return Stream.of(GemmCases.signs(DataType.F32), GemmCases.int8(DataType.U8, DataType.F32))
                .flatMap(cases -> GemmCases.scaledRows(cases).stream());
    }

    @ParameterizedTest
    @MethodSource("scaledRows")
    void shouldScaleRows(final GemmCase test) {
        onThreeThreads.checkPacked(test);
    }

    private static void check(final GemmDifferential differential, final GemmCase test) {
        final Gemm gemm = test.gemm();
        final String cell = gemm.aType() + " " + gemm.bType() + " " + gemm.yType() + " " + gemm.layout()
                + (gemm.scalesWeights() ? " scaled" : "");
        differential.checkPacked(test);
        CELLS_RUN.add(cell + " packed");
        differential.checkUnpacked(test);
        CELLS_RUN.add(cell + " at run time");
    }
}
