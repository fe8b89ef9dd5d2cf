package dev.tern;

/** What is to be computed, as data: no tensors, no device. */
public sealed interface Operation permits Gemm {
    /** Everything that decides speed and nothing else, in one line: the key of measurements. */
    String signature();

    /** Refuses tensors that do not fit, before any memory is touched. */
    void check(Tensor a, Tensor b, Tensor y);

    /** Refuses weights that do not fit. */
    void checkWeights(Tensor weights);

    /** Number of elementary operations (a multiply-add is two) for so many rows. */
    long operations(long rows);
}
