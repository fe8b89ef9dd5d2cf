package dev.tern;

/**
 * One way in which a backend can run an operation.
 *
 * @param name the stem {@code <op>_<a><b><c>_<mr>x<nr>_<isa>}
 * @param isa what the processor must have; {@link Isa#SCALAR} for kernels of other devices
 */
public record Kernel(String name, Isa isa) {
    public Kernel {
        Require.notNull(name, "name");
        Require.notNull(isa, "isa");
    }
}
