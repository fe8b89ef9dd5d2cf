package dev.tern;

/** Weights in the layout that some kernels read. */
public interface PackedForm {
    /** Bytes that it takes, wherever they are. */
    long bytes();

    /** Frees it; called once, when no run uses it any more. */
    void free();
}
