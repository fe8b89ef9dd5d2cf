package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The cases that every GEMM kernel has to pass: ragged sizes, extremes, strides, zero points, each epilogue. */
public final class GemmCases {
    /** Around the register tiles, cache lines and vector widths, with residues of all small factors. */
    private static final int[][] SIZES = {
        {1, 1, 1},
        {1, 17, 5},
        {2, 16, 4},
        {3, 33, 7},
        {4, 48, 64},
        {5, 31, 63},
        {6, 64, 65},
        {7, 47, 100},
        {8, 32, 128},
        {9, 49, 33},
        {13, 96, 207},
        {16, 15, 16},
        {17, 33, 65},
        {31, 100, 31},
        {33, 65, 129},
        {64, 64, 64},
        {1, 256, 513},
        {48, 10, 1030},
        {100, 100, 100},
        {0, 5, 3},
        {3, 0, 5},
        {3, 5, 0}
    };

    private GemmCases() {}

    /** f32 in a layout: plain, with bias, with clamp, accumulating; each over all sizes. */
    public static List<GemmCase> f32(final Layout layout) {
        return reals(DataType.F32, layout);
    }

    /** The same for operands of BF16. */
    public static List<GemmCase> bf16(final Layout layout) {
        return reals(DataType.BF16, layout);
    }

    private static List<GemmCase> reals(final DataType type, final Layout layout) {
        final List<GemmCase> cases = new ArrayList<>();
        for (final int[] mnk : SIZES) {
            cases.addAll(reals(type, layout, mnk));
        }
        return cases;
    }

    static List<GemmCase> f32(final Layout layout, final int... mnk) {
        return reals(DataType.F32, layout, mnk);
    }

    private static List<GemmCase> reals(final DataType type, final Layout layout, final int... mnk) {
        final Gemm gemm = Gemm.of(mnk[1], mnk[2]).layout(layout).types(type, type, DataType.F32);
        final float[] bias = floats(mnk[1]);
        return List.of(
                new GemmCase(gemm, mnk[0], 0, Values.RANDOM, Place.NATIVE),
                new GemmCase(gemm.bias(bias).relu(), mnk[0], 3, Values.RANDOM, Place.HEAP),
                new GemmCase(gemm.bias(bias).clamp(-0.5f, 0.5f), mnk[0], 16, Values.RANDOM, Place.UNALIGNED),
                new GemmCase(gemm.accumulate(), mnk[0], 1, Values.RANDOM, Place.NATIVE));
    }

    /** 8-bit operands: each output type over all sizes, zero points and extremes taken in turn. */
    public static List<GemmCase> int8(final DataType a, final DataType y) {
        return bytes(a, DataType.S8, y);
    }

    /** The same with weights of S8, S4 or S2. */
    public static List<GemmCase> bytes(final DataType a, final DataType b, final DataType y) {
        final List<GemmCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int[] mnk : SIZES) {
            for (final Values values : Values.values()) {
                cases.add(bytes(a, b, y, mnk, values, turn++));
            }
        }
        return cases;
    }

    /** Signs: each output type over all sizes, with scales of columns or without, bias and clamp in turn. */
    public static List<GemmCase> signs(final DataType y) {
        final List<GemmCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int[] mnk : SIZES) {
            for (final Values values : Values.values()) {
                cases.add(signs(y, mnk, values, turn++));
            }
        }
        return cases;
    }

    /** Those with an F32 output, each row of which has a scale. */
    public static List<GemmCase> scaledRows(final List<GemmCase> cases) {
        return cases.stream()
                .filter(test -> test.gemm().yType() == DataType.F32)
                .map(test ->
                        new GemmCase(test.gemm().scaleRows(), test.rows(), test.gap(), test.values(), test.place()))
                .toList();
    }

    private static GemmCase signs(final DataType y, final int[] mnk, final Values values, final int turn) {
        final int n = mnk[1];
        final Quantization alpha =
                n > 0 && turn % 3 == 0 ? perChannel(DataType.B1, n, true) : Quantization.symmetric(0.05f);
        final Quantization qy = Quantization.perTensor(0.3f, y.isByte() ? y.max() - 100 : 0);
        Gemm gemm = Gemm.of(n, mnk[2])
                .types(DataType.B1, DataType.B1, y)
                .quantization(Quantization.symmetric(0.7f), alpha, qy);
        if (turn % 5 != 0) {
            gemm = gemm.bias(ints(n));
        }
        if (y != DataType.S32 && turn % 2 == 1) {
            gemm = gemm.relu();
        }
        if (!y.isByte() && !gemm.clamps() && turn % 3 == 1) {
            gemm = gemm.accumulate();
        }
        final Place place = Place.values()[turn % Place.values().length];
        return new GemmCase(gemm, mnk[0], new int[] {0, 1, 7, 64}[turn % 4], values, place);
    }

    private static GemmCase bytes(
            final DataType a,
            final DataType b,
            final DataType y,
            final int[] mnk,
            final Values values,
            final int turn) {
        final int n = mnk[1];
        final boolean signs = b == DataType.B1;
        final Quantization qb =
                n > 0 && turn % 3 == 0 ? perChannel(b, n, signs || turn % 2 == 0) : weights(b, signs ? 0 : turn);
        final Gemm gemm =
                Gemm.of(n, mnk[2]).layout(turn % 2 == 0 ? Layout.NN : Layout.NT).types(a, b, y);
        return bytes(gemm, qb, mnk[0], values, turn);
    }

    /** What a product with sparse weights comes from: their zero point is 0, and they are transposed. */
    static GemmCase symmetric(
            final DataType a, final DataType y, final int[] mnk, final Values values, final int turn) {
        final int n = mnk[1];
        final Quantization qb =
                n > 0 && turn % 3 == 0 ? perChannel(DataType.S8, n, true) : Quantization.symmetric(0.05f);
        final Gemm gemm = Gemm.of(n, mnk[2]).types(a, DataType.S8, y).layout(Layout.NT);
        return bytes(gemm, qb, mnk[0], values, turn);
    }

    private static GemmCase bytes(
            final Gemm bare, final Quantization qb, final int m, final Values values, final int turn) {
        final DataType a = bare.aType();
        final DataType y = bare.yType();
        final int[] zeroPoints = {a.min(), a.max(), 0, 3};
        final Quantization qa = Quantization.perTensor(0.02f, zeroPoints[turn % 4]);
        final Quantization qy =
                Quantization.perTensor(0.3f, y.isByte() ? (turn % 2 == 0 ? y.max() - 100 : y.min()) : 0);
        Gemm gemm = bare.quantization(qa, qb, qy);
        if (turn % 5 != 0) {
            gemm = gemm.bias(ints(gemm.n()));
        }
        if (y != DataType.S32 && turn % 2 == 1) {
            gemm = turn % 4 == 1 ? gemm.relu() : gemm.clamp(-1.5f, 2.5f);
        }
        if (!y.isByte() && !gemm.clamps() && turn % 3 == 1) {
            gemm = gemm.accumulate();
        }
        final Place place = Place.values()[turn % Place.values().length];
        return new GemmCase(gemm, m, new int[] {0, 1, 7, 64}[turn % 4], values, place);
    }

    static Quantization weights(final DataType type, final int turn) {
        return Quantization.perTensor(0.05f, new int[] {0, type.min(), type.max(), 0, 1}[turn % 5]);
    }

    /**
     * Weights whose scales come into the sums: over all sizes, for each column and, the only way beside integers, for
     * each group of 32, 64 and 128, with zero points and without, in turn.
     */
    public static List<GemmCase> scaled(final DataType a, final DataType b) {
        final List<GemmCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int[] mnk : SIZES) {
            final boolean groupable = mnk[1] > 0 && mnk[2] > 0;
            for (final Values values : Values.values()) {
                turn++;
                if (groupable || a == DataType.F32) {
                    cases.add(scaled(a, b, mnk, values, turn, groupable && (a != DataType.F32 || turn % 3 > 0)));
                }
            }
        }
        return cases;
    }

    private static GemmCase scaled(
            final DataType a,
            final DataType b,
            final int[] mnk,
            final Values values,
            final int turn,
            final boolean grouped) {
        final int n = mnk[1];
        final boolean symmetric = b == DataType.B1 || turn % 2 == 0;
        final Quantization columns = n == 0 ? Quantization.symmetric(0.5f) : perChannel(b, n, symmetric);
        final Quantization qb = grouped ? perGroup(b, n, mnk[2], 32 << turn % 3, symmetric) : columns;
        Gemm gemm = Gemm.of(n, mnk[2])
                .layout(turn % 4 < 2 ? Layout.NN : Layout.NT)
                .types(a, b, DataType.F32)
                .quantization(qb);
        if (a != DataType.F32) {
            final int[] zeroPoints = {a.min(), a.max(), 0, 3};
            gemm = gemm.quantization(Quantization.perTensor(0.3f, zeroPoints[turn % 4]), qb);
        }
        if (turn % 5 != 0) {
            gemm = gemm.bias(floats(n));
        }
        gemm = turn % 3 == 0 ? gemm.accumulate() : turn % 3 == 1 ? gemm.clamp(-1.5f, 2.5f) : gemm;
        final Place place = Place.values()[turn % Place.values().length];
        return new GemmCase(gemm, mnk[0], new int[] {0, 1, 7, 64}[turn % 4], values, place);
    }

    private static Quantization perGroup(
            final DataType type, final int n, final int k, final int length, final boolean symmetric) {
        final RandomGenerator random = random();
        final int groups = Math.ceilDiv(k, length);
        final float[][] scales = new float[n][groups];
        final int[][] zeroPoints = new int[n][groups];
        for (int c = 0; c < n; c++) {
            for (int g = 0; g < groups; g++) {
                scales[c][g] = random.nextFloat(0.001f, 0.1f);
                zeroPoints[c][g] = symmetric ? 0 : random.nextInt(type.min(), type.max() + 1);
            }
        }
        return Quantization.perGroup(length, scales, zeroPoints);
    }

    static Quantization perChannel(final DataType type, final int n, final boolean symmetric) {
        final RandomGenerator random = random();
        final float[] scales = new float[n];
        final int[] zeroPoints = new int[n];
        for (int i = 0; i < n; i++) {
            scales[i] = random.nextFloat(0.001f, 0.1f);
            zeroPoints[i] = symmetric ? 0 : random.nextInt(type.min(), type.max() + 1);
        }
        return n == 1 ? Quantization.perTensor(scales[0], zeroPoints[0]) : Quantization.perChannel(scales, zeroPoints);
    }

    static float[] floats(final int n) {
        final RandomGenerator random = random();
        final float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
        return values;
    }

    static int[] ints(final int n) {
        return random().ints(n, -100_000, 100_000).toArray();
    }

    private static RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    }
}
