package dev.tern;

/** An operation compiled by one backend for one kernel. Used by any number of threads at once; allocates nothing. */
public interface Executable {
    /**
     * Runs, or enqueues on a device. The engine has checked the tensors.
     *
     * @param b the second operand, or null where the run has none
     */
    void run(Tensor a, Tensor b, Tensor y);
}
