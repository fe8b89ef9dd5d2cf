package dev.tern.bench;

import dev.tern.Availability;
import dev.tern.Backend;
import dev.tern.Device;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Isa;
import dev.tern.Kernel;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.RangeTask;
import dev.tern.Support;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/**
 * Kernels that compute nothing, so that what is left is what the engine costs: {@link #RETURN} returns at once,
 * {@link #FORK_JOIN} gives every thread one empty range. Only engines built under {@link #loader()} see them.
 */
public final class EmptyBackend implements Backend {
    static final String DEVICE = "cpu:empty";
    static final Kernel RETURN = new Kernel("return", Isa.SCALAR);
    static final Kernel FORK_JOIN = new Kernel("fork_join", Isa.SCALAR);

    private static final RangeTask NOTHING = (from, to, workspace) -> {};

    /** A context class loader that adds this backend to the services of the class path. */
    static ClassLoader loader() {
        return new ClassLoader(EmptyBackend.class.getClassLoader()) {
            @Override
            protected Enumeration<URL> findResources(final String name) {
                return name.equals("META-INF/services/" + Backend.class.getName())
                        ? Collections.enumeration(List.of(EmptyBackend.class.getResource("empty-backend")))
                        : Collections.emptyEnumeration();
            }
        };
    }

    @Override
    public String name() {
        return "empty";
    }

    @Override
    public Availability probe() {
        return Availability.yes("computes nothing");
    }

    @Override
    public List<Device> devices() {
        return List.of(Device.CPU);
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        return Support.yes(List.of(RETURN, FORK_JOIN));
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        return kernel.equals(RETURN)
                ? (a, b, y) -> {}
                : (a, b, y) -> execution.parallel(NOTHING, execution.threads(), 1);
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return 1;
    }

    @Override
    public String version() {
        return "1";
    }
}
