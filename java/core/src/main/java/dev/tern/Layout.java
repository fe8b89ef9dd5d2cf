package dev.tern;

/** How a GEMM finds its operands, in BLAS letters: first a, then b; N as stated, T transposed. */
public enum Layout {
    /** a is [m, k], b is [k, n]. */
    NN,
    /** a is [m, k], b is [n, k]. */
    NT,
    /** a is [k, m], b is [k, n]. */
    TN;

    public boolean transposesA() {
        return this == TN;
    }

    public boolean transposesB() {
        return this == NT;
    }
}
