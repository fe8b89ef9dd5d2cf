package dev.tern;

/** What is to be computed, as data: no tensors, no device. A run does it for any number of rows. */
public sealed interface Operation permits Gemm, BatchedGemm, Conv2d, Spmm, Pool2d, Lstm, LstmTraining, Reorder {
    /** Everything that decides speed and nothing else, in one line: the key of measurements. */
    String signature();

    /** Refuses tensors that do not fit, before any memory is touched. */
    void check(Tensor a, Tensor b, Tensor y);

    /** Refuses weights that do not fit. */
    void checkWeights(Tensor weights);

    /** Whether each run comes with a second operand, where weights are packed beforehand or where they are not. */
    default boolean takesB(final boolean packed) {
        return !packed;
    }

    /** Whether its weights have to be packed before any run. */
    default boolean requiresPacking() {
        return false;
    }

    /** Rows of a run on these tensors; those of an image operation are the positions of all images. */
    long rows(Tensor a, Tensor y);

    /** The first operand of a run on so many rows, rounded up to whole images. */
    TensorType a(long rows);

    /** The second operand, of an operation that has one; weights may be packed beforehand. */
    TensorType b(long rows);

    /** The result. */
    TensorType y(long rows);

    /** Number of elementary operations (a multiply-add is two) for so many rows. */
    long operations(long rows);
}
