package dev.tern.bench;

/** A case whose results are sums of products. */
public sealed interface ProductCase extends OperationCase permits GemmCase, ConvCase, SparseCase {

    /** What becomes of a sum of column {@code column}, which is exact for integers. */
    double finish(int column, double sum);
}
