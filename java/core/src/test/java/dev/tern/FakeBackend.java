package dev.tern;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A backend that takes as long as it is told to, and computes nothing. */
class FakeBackend implements Backend {
    private final String name;
    private final long nanos;
    private double estimate;
    private Support support;
    private Availability availability = Availability.yes("a fake");

    FakeBackend(final String name, final long nanos) {
        this.name = name;
        this.nanos = nanos;
        this.estimate = nanos;
        this.support = Support.yes(List.of(new Kernel("gemm_" + name, Isa.SCALAR)));
    }

    FakeBackend estimate(final double value) {
        estimate = value;
        return this;
    }

    FakeBackend support(final Support value) {
        support = value;
        return this;
    }

    FakeBackend availability(final Availability value) {
        availability = value;
        return this;
    }

    void run() {
        LockSupport.parkNanos(nanos);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Availability probe() {
        return availability;
    }

    @Override
    public List<Device> devices() {
        return List.of(Device.CPU);
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        return support;
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        return (a, b, y) -> run();
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return estimate;
    }

    @Override
    public String version() {
        return "1";
    }
}
