package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import dev.tern.testing.GemmDifferential;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Any small shape, layout, place and pair of zero points. */
class GemmPropertyTest {
    private static Engine engine;
    private static GemmDifferential differential;

    @BeforeContainer
    static void openEngine() {
        if (HardwareWidth.isThere()) {
            engine = Engine.builder().device("cpu:vector").threads(2).build();
            differential = new GemmDifferential(engine);
        }
    }

    @AfterContainer
    static void closeEngine() {
        if (HardwareWidth.isThere()) {
            differential.close();
            engine.close();
        }
    }

    @Property(tries = 150, seed = "1")
    void shouldMultiplyFloatsAsTheReferenceDoes(
            @ForAll @IntRange(min = 1, max = 40) final int m,
            @ForAll @IntRange(min = 1, max = 90) final int n,
            @ForAll @IntRange(min = 0, max = 600) final int k,
            @ForAll @IntRange(max = 20) final int gap,
            @ForAll final Layout layout,
            @ForAll final Place place) {
        Assume.that(HardwareWidth.isThere());
        final GemmCase test = new GemmCase(Gemm.of(n, k).layout(layout), m, gap, Values.RANDOM, place);
        differential.checkPacked(test);
        differential.checkUnpacked(test);
    }

    @Property(tries = 300, seed = "1")
    void shouldMultiplyBytesAsTheReferenceDoes(
            @ForAll @IntRange(min = 1, max = 20) final int m,
            @ForAll @IntRange(min = 1, max = 90) final int n,
            @ForAll @IntRange(min = 0, max = 1100) final int k,
            @ForAll @IntRange(max = 255) final int zeroA,
            @ForAll @IntRange(min = -128, max = 127) final int zeroB,
            @ForAll final boolean unsigned,
            @ForAll final Values values,
            @ForAll final Place place) {
        Assume.that(HardwareWidth.isThere());
        final DataType a = unsigned ? DataType.U8 : DataType.S8;
        final Gemm gemm = Gemm.of(n, k)
                .types(a, DataType.S8, a)
                .layout(k % 2 == 0 ? Layout.NN : Layout.NT)
                .quantization(
                        Quantization.perTensor(0.1f, zeroA + a.min()),
                        Quantization.perTensor(0.01f, zeroB),
                        Quantization.perTensor(1, a.min() + 100));
        final GemmCase test = new GemmCase(gemm, m, zeroA % 3, values, place);
        differential.checkPacked(test);
        differential.checkUnpacked(test);
    }

    /** Sums leave 32 bits: 255 * 128 * 70,000 is more than 2^31. */
    @Example
    void shouldWrapModulo2To32() {
        Assume.that(HardwareWidth.isThere());
        final Gemm gemm = Gemm.of(3, 70_000)
                .types(DataType.U8, DataType.S8, DataType.S32)
                .quantization(Quantization.perTensor(1, 0), Quantization.perTensor(1, 127));
        for (final int rows : new int[] {1, 4, 9}) {
            differential.checkPacked(new GemmCase(gemm, rows, 0, Values.ALL_MAX, Place.NATIVE));
            differential.checkPacked(new GemmCase(gemm, rows, 0, Values.MIXED_EXTREMES, Place.HEAP));
        }
        final Gemm symmetric = gemm.quantization(Quantization.perTensor(1, 0), Quantization.symmetric(1));
        differential.checkPacked(new GemmCase(symmetric, 9, 0, Values.ALL_MAX, Place.NATIVE));
    }
}
