package dev.tern.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every tile that some kind of device is given, and both paths of int8, against the reference. */
class OpenClGemmTest {
    @AfterEach
    void restoreTheTile() {
        System.clearProperty(Tile.PROPERTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8x16x2x1", "4x8x2x1", "4x4x2x1", "8x4x2x8", "8x16x2x1,dot", "8x4x2x8,dot"})
    void shouldAgreeWithTheReferenceOnPackedWeights(final String tile) {
        try (Engine engine = engine(tile);
                GemmDifferential differential = new GemmDifferential(engine)) {
            cases().forEach(differential::checkPacked);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8x16x2x1", "8x4x2x8,dot"})
    void shouldAgreeWithTheReferenceOnOperandsAtRunTime(final String tile) {
        try (Engine engine = engine(tile);
                GemmDifferential differential = new GemmDifferential(engine)) {
            cases().forEach(differential::checkUnpacked);
        }
    }

    @Test
    void shouldLetNotANumberThroughAClamp() {
        final Gemm gemm = Gemm.of(2, 1).relu();
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(2, 2));
        try (Engine engine = Pocl.engine()) {
            engine.compile(gemm).run(Tensor.of(Shape.of(2, 1), Float.NaN, -1f), Tensor.of(Shape.of(1, 2), 1f, 2f), y);
        }
        assertArrayEquals(new float[] {Float.NaN, Float.NaN, 0, 0}, y.toFloats());
    }

    private static Engine engine(final String tile) {
        System.setProperty(Tile.PROPERTY, tile);
        final Engine engine = Pocl.engine();
        final String columns = String.valueOf(Tile.parse(tile).columns());
        final Gemm gemm = Gemm.of(1, 1).types(DataType.U8, DataType.S8, DataType.S32);
        final String kernel = engine.candidates(gemm).getFirst().kernel();
        assertEquals(
                "gemm_u8s8s32_" + tile.charAt(0) + "x" + columns + "_cpu" + (tile.endsWith("dot") ? "dot" : ""),
                kernel);
        return engine;
    }

    private static List<GemmCase> cases() {
        final List<GemmCase> cases = new ArrayList<>();
        for (final Layout layout : Layout.values()) {
            cases.addAll(GemmCases.f32(layout));
        }
        for (final DataType a : List.of(DataType.U8, DataType.S8)) {
            for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
                cases.addAll(GemmCases.int8(a, y));
            }
        }
        return cases;
    }
}
