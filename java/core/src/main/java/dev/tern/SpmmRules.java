package dev.tern;

/** What an {@link Spmm} and its weights must keep to. */
final class SpmmRules {
    /** Densities are told apart in steps of this share. */
    static final double STEP = 0.05;

    private static final double ROUNDING = 1e-9;

    private SpmmRules() {}

    /** The smallest number of steps that hold a density. */
    static int densityStep(final double density) {
        return (int) Math.ceil(density / STEP - ROUNDING);
    }

    static void check(final Spmm spmm) {
        final Gemm product = spmm.product();
        Require.that(product.layout() == Layout.NT, "layout", product.layout(), "NT: weights are [n, k]");
        Require.that(
                !product.scalesWeights(), "quantization", product.bQuantization(), "one scale for a row of weights");
        Require.that(
                !product.scalesWeights(),
                "x type",
                product.aType(),
                "that of the weights or S8, U8, one scale for an n");
        Require.that(!product.scalesRows(), "product", "with scales of rows", "a Gemm without");
        SparseMatrix.requireType(spmm.sparsity(), product.bType(), "weights type");
        Require.that(
                product.bQuantization().isSymmetric(),
                "weights zeroPoint",
                product.bQuantization(),
                "0, what zeros are");
    }

    /** What was measured for one density says nothing of another. */
    static void checkDensity(final Spmm spmm, final SparseMatrix weights) {
        final int step = densityStep(weights.density());
        Require.that(
                step == spmm.densityStep(),
                "weights density",
                "%.3f".formatted(weights.density()),
                "%.2f to %.2f, as in %s".formatted(spmm.density() - STEP, spmm.density(), spmm));
    }
}
