package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Layout;
import dev.tern.Sparsity;
import dev.tern.testing.GemmCase.Values;
import java.util.ArrayList;
import java.util.List;

/** The cases that every kernel for sparse weights has to pass: all densities, ragged sizes, each epilogue. */
public final class SpmmCases {
    private static final double[] DENSITIES = {0, 0.1, 0.5, 1};

    /** m, n, k: around vectors, panels of rows, blocks of k. */
    private static final int[][] SIZES = {
        {1, 1, 1},
        {1, 17, 5},
        {3, 33, 7},
        {5, 1, 300},
        {16, 15, 16},
        {17, 64, 65},
        {31, 100, 130},
        {32, 65, 64},
        {33, 130, 63},
        {49, 3, 515},
        {64, 64, 256},
        {40, 70, 600},
        {70, 20, 2100},
        {0, 5, 3},
        {3, 0, 5},
        {3, 5, 0}
    };

    private SpmmCases() {}

    public static List<SpmmCase> f32(final Sparsity sparsity) {
        final List<GemmCase> dense = new ArrayList<>();
        for (final int[] mnk : SIZES) {
            dense.addAll(GemmCases.f32(Layout.NT, mnk));
        }
        return pruned(dense, sparsity);
    }

    public static List<SpmmCase> int8(final DataType x, final DataType y, final Sparsity sparsity) {
        final List<GemmCase> dense = new ArrayList<>();
        int turn = 0;
        for (final int[] mnk : SIZES) {
            for (final Values values : Values.values()) {
                dense.add(GemmCases.symmetric(x, y, mnk, values, turn++));
            }
        }
        return pruned(dense, sparsity);
    }

    /** Densities in turn, so that each meets each size. */
    private static List<SpmmCase> pruned(final List<GemmCase> dense, final Sparsity sparsity) {
        final List<SpmmCase> cases = new ArrayList<>();
        for (int i = 0; i < dense.size(); i++) {
            cases.add(new SpmmCase(dense.get(i), sparsity, DENSITIES[(i + i / DENSITIES.length) % DENSITIES.length]));
        }
        return cases;
    }
}
