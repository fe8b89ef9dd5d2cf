package dev.tern.bench;

import java.util.Map;

/**
 * A library under test, one configuration of it. Found through {@code ServiceLoader} by way of {@link Provider}; the
 * process that times it asks for one by its label.
 */
public interface BenchSystem {

    /** Those a jar brings. */
    interface Provider {
        Iterable<BenchSystem> systems();
    }

    /** The contestant: {@code tern}, {@code onednn}, {@code onnxruntime}, with a suffix where its ISA is clamped. */
    String name();

    /** What computes inside it: one of Tern's backends, {@code cpu} for a peer. */
    String backend();

    /** Unique among all systems: what commands take. */
    default String label() {
        return backend().equals("cpu") ? name() : name() + ":" + backend();
    }

    /** The ISA this configuration stops at, empty where it takes all that the machine has. */
    default String clamp() {
        return "";
    }

    /** Whether it has such an operation, right on this processor; what it has not is no contest and leaves no row. */
    boolean takes(BenchCase problem);

    /** Whether a kernel multiplies by AMX tiles, whose peak is another than that of vectors. */
    default boolean usesTiles(final String kernel) {
        return kernel.contains("amx");
    }

    /** How far it rounds the activations it is given, as a fraction of the largest of a row. */
    default double rounding() {
        return 0;
    }

    /** Environment of the process that will run it on so many threads. */
    default Map<String, String> environment(final int threads) {
        return Map.of();
    }

    /** Loads the library. Called in the system's own process. */
    Session open(int threads);

    /** A loaded library. */
    interface Session extends AutoCloseable {

        /** Lays out operands, packs weights and compiles. The inputs outlive what is returned. */
        Prepared prepare(BenchCase problem, Inputs inputs);

        @Override
        void close();
    }
}
