package dev.tern;

import java.util.List;

/**
 * What somebody adds to bring kernels or a device. Found through {@link java.util.ServiceLoader}; every engine has an
 * instance of its own, and asks {@link #probe()} before anything else.
 */
public interface Backend extends AutoCloseable {
    /** One lower-case word; {@code cpu:NAME} pins a CPU backend. */
    String name();

    /**
     * Whether this backend can work here, as far as can be told in some milliseconds: an engine asks when it is built.
     * Once {@link #devices()} was called, for certain. Never throws.
     */
    Availability probe();

    /** The devices that it reaches; empty where it is not available. May start a driver; called when they matter. */
    List<Device> devices();

    /** Whether, and with which kernels, it runs an operation on one of its devices. */
    Support supports(Operation operation, Device device);

    /**
     * Prepares a kernel that {@link #supports} named.
     *
     * @param weights the packed operand b, or null where both operands come with each run
     */
    Executable compile(Operation operation, Device device, Kernel kernel, PackedWeights weights, Execution execution);

    /** What a run on so many rows may take, in nanoseconds, where nothing was measured. */
    double estimateNanos(Operation operation, Device device, Kernel kernel, long rows, int threads);

    /** Identifies the kernels' code: what was measured with one version says nothing of another. */
    String version();

    /** Memory on one of its devices. */
    default Storage allocate(final Device device, final long bytes, final Execution execution) {
        return HostStorage.allocate(bytes);
    }

    /** True for one that is chosen only where no other backend has the operation. */
    default boolean isFallback() {
        return false;
    }

    /** Frees what this instance holds; called once, by the engine. */
    @Override
    default void close() {}
}
