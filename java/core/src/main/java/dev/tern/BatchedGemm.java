package dev.tern;

import java.util.Objects;

/**
 * A {@link Gemm} for each matrix i of a batch: the products of attention, of recurrent layers and of their gradients.
 *
 * <pre>
 * y[i] = epilogue(a[i] * b[i])
 * </pre>
 *
 * <p>a, b and y are [batch, rows, columns], their last two dimensions those of the {@link #product}, whose layout,
 * types, scales, bias and epilogue serve all matrices. Matrices may lie anywhere in memory, also between each other's
 * rows, as those of attention's heads do. An operand a, or a b that comes with each run, may instead be one matrix
 * [rows, columns] for all of the batch; y may not.
 *
 * <p>Packed weights are [batch, …], and each of the matrices is packed. One matrix for all of them is a {@link Gemm} of
 * more rows. Immutable.
 */
public final class BatchedGemm implements Operation {
    private final int batch;
    private final Gemm product;

    private BatchedGemm(final int batch, final Gemm product) {
        this.batch = batch;
        this.product = product;
    }

    public static BatchedGemm of(final int batch, final Gemm product) {
        Require.that(batch >= 0, "batch", batch, "at least 0");
        Require.that(
                !Require.notNull(product, "product").scalesRows(), "product", "with scales of rows", "one without");
        return new BatchedGemm(batch, product);
    }

    /** How many matrices. */
    public int batch() {
        return batch;
    }

    /** What is done for each of them. */
    public Gemm product() {
        return product;
    }

    @Override
    public String signature() {
        return product.signature() + " batch" + batch;
    }

    /** Those of each matrix. */
    @Override
    public long rows(final Tensor a, final Tensor y) {
        return y.length(1);
    }

    @Override
    public TensorType a(final long rows) {
        return batched(product.a(rows));
    }

    @Override
    public TensorType b(final long rows) {
        return batched(product.b(rows));
    }

    @Override
    public TensorType y(final long rows) {
        return batched(product.y(rows));
    }

    private TensorType batched(final TensorType matrix) {
        final Shape shape = matrix.shape();
        return new TensorType(matrix.type(), Shape.of(batch, shape.length(0), shape.length(1)));
    }

    @Override
    public long operations(final long rows) {
        return batch * product.operations(rows);
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        GemmRules.checkRun(this, a, b, y);
    }

    @Override
    public void checkWeights(final Tensor weights) {
        b(0).require(weights, "weights");
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final BatchedGemm batched && batch == batched.batch && product.equals(batched.product);
    }

    @Override
    public int hashCode() {
        return Objects.hash(batch, product);
    }

    @Override
    public String toString() {
        return signature();
    }
}
