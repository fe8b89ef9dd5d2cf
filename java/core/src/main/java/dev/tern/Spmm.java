package dev.tern;

import java.util.Objects;

/**
 * A product with a sparse matrix of weights, what a pruned linear layer is:
 *
 * <pre>
 * y[m, n] = epilogue(sum over stored weights[n, k] of x[m, k] * weights[n, k])
 * </pre>
 *
 * <p>Types, scales and epilogue are those of a {@link Gemm}, the {@link #product}, whose layout is NT: F32 throughout,
 * or S8 or U8 with S8 weights, whose zero point is 0. For x without infinities and NaN it computes what that product
 * does, and a backend may run it as such where that is faster.
 *
 * <p>Weights are packed beforehand, from a {@link SparseMatrix} or from a dense tensor whose zeros are left out.
 * Immutable.
 */
public final class Spmm implements Operation {
    private final Sparsity sparsity;
    private final int densityStep;
    private final Gemm product;

    private Spmm(final Sparsity sparsity, final int densityStep, final Gemm product) {
        this.sparsity = sparsity;
        this.densityStep = densityStep;
        this.product = product;
        SpmmRules.check(this);
    }

    /** For weights like these; S8 ones beside U8, summed in S32. */
    public static Spmm of(final SparseMatrix weights) {
        Require.notNull(weights, "weights");
        final Gemm floats = Gemm.of(weights.rows(), weights.columns()).layout(Layout.NT);
        final boolean bytes = weights.type() == DataType.S8;
        return of(bytes ? floats.types(DataType.U8, DataType.S8, DataType.S32) : floats, weights);
    }

    /** What a product of layout NT becomes when a share of its weights is kept. */
    public static Spmm of(final Gemm product, final Sparsity sparsity, final double density) {
        Require.notNull(sparsity, "sparsity");
        Require.that(density >= 0 && density <= 1, "density", density, "0 to 1");
        return new Spmm(sparsity, SpmmRules.densityStep(density), Require.notNull(product, "product"));
    }

    /** What a product of layout NT becomes when its weights are pruned to these. */
    public static Spmm of(final Gemm product, final SparseMatrix weights) {
        Require.notNull(weights, "weights");
        Require.notNull(product, "product").weights().require(weights.dense(), "weights");
        return new Spmm(weights.sparsity(), SpmmRules.densityStep(weights.density()), product);
    }

    /**
     * For weights [n, k] of which a share is stored. F32, but for blocks of 1x4, which are S8 beside U8, summed in S32.
     *
     * @param density what decides the kernel, in steps of 5 %
     */
    public static Spmm of(final int n, final int k, final Sparsity sparsity, final double density) {
        final Gemm floats = Gemm.of(n, k).layout(Layout.NT);
        final boolean bytes = sparsity == Sparsity.BLOCK_1X4;
        return of(bytes ? floats.types(DataType.U8, DataType.S8, DataType.S32) : floats, sparsity, density);
    }

    public Spmm types(final DataType x, final DataType weights, final DataType y) {
        return with(product.types(x, weights, y));
    }

    /** Scales and zero points of integer operands, for outputs S32 and F32; those of weights may be one for each n. */
    public Spmm quantization(final Quantization x, final Quantization weights) {
        return with(product.quantization(x, weights));
    }

    /** Scales and zero points of integer operands and of an 8-bit output. */
    public Spmm quantization(final Quantization x, final Quantization weights, final Quantization y) {
        return with(product.quantization(x, weights, y));
    }

    /** n values added to f32 sums. */
    public Spmm bias(final float... values) {
        return with(product.bias(values));
    }

    /** n values added to integer sums, in units of {@code sx * sweights}. */
    public Spmm bias(final int... values) {
        return with(product.bias(values));
    }

    public Spmm relu() {
        return with(product.relu());
    }

    /** Bounds of the output, as reals. */
    public Spmm clamp(final float low, final float high) {
        return with(product.clamp(low, high));
    }

    /** Beta = 1: adds to what y holds. For outputs S32 and F32 without a clamp. */
    public Spmm accumulate() {
        return with(product.accumulate());
    }

    private Spmm with(final Gemm changed) {
        return new Spmm(sparsity, densityStep, changed);
    }

    public Sparsity sparsity() {
        return sparsity;
    }

    /** The share of weights that are stored, rounded up to 5 %. */
    public double density() {
        return densityStep * SpmmRules.STEP;
    }

    int densityStep() {
        return densityStep;
    }

    /** The same with weights that are dense. */
    public Gemm product() {
        return product;
    }

    public boolean isQuantized() {
        return product.isQuantized();
    }

    @Override
    public boolean requiresPacking() {
        return true;
    }

    @Override
    public String signature() {
        return String.join(
                " ",
                "spmm",
                product.typeWord(),
                sparsity.word(),
                Math.round(100 * density()) + "%",
                "n" + product.n(),
                "k" + product.k(),
                product.accumulates() ? "beta1" : "beta0");
    }

    @Override
    public long rows(final Tensor a, final Tensor y) {
        return product.rows(a, y);
    }

    @Override
    public TensorType a(final long rows) {
        return product.a(rows);
    }

    @Override
    public TensorType b(final long rows) {
        return product.weights();
    }

    @Override
    public TensorType y(final long rows) {
        return product.y(rows);
    }

    /** Those of the stored weights. */
    @Override
    public long operations(final long rows) {
        return Math.round(product.operations(rows) * density());
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        product.check(a, b, y);
    }

    @Override
    public void checkWeights(final Tensor weights) {
        product.checkWeights(weights);
        SpmmRules.checkDensity(this, SparseMatrix.of(sparsity, weights));
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Spmm spmm && signature().equals(spmm.signature()) && product.equals(spmm.product);
    }

    @Override
    public int hashCode() {
        return Objects.hash(signature(), product);
    }

    @Override
    public String toString() {
        return signature();
    }
}
