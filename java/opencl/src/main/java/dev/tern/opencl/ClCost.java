package dev.tern.opencl;

import dev.tern.Device;
import dev.tern.Gemm;

/** What a GEMM whose tensors are on the host may take: commands, copies, arithmetic. Rough, until it is measured. */
final class ClCost {
    private static final double CPU_COMMAND_NANOS = 25_000;
    private static final double BUS_COMMAND_NANOS = 10_000;
    private static final double CPU_BYTES_PER_NANO = 5;
    private static final double BUS_BYTES_PER_NANO = 10;
    private static final double REACHED = 0.5; // of the multiply-adds that the clock allows
    private static final double GPU_LANES = 64; // f32 units of a compute unit
    private static final double OTHER_LANES = 16;
    private static final int COMMANDS = 4; // write, pack, multiply, read

    private final boolean isCpu;
    private final double operationsPerNano;

    ClCost(final ClDevice device) {
        final Device.Kind kind = device.device().kind();
        isCpu = kind == Device.Kind.CPU;
        final double lanes = switch (kind) {
            case CPU -> device.vectorWidth();
            case GPU -> GPU_LANES;
            case FPGA -> OTHER_LANES;
        };
        final double gigahertz = Math.max(device.megahertz(), 100) / 1000.0;
        operationsPerNano = 2 * lanes * gigahertz * device.computeUnits() * REACHED;
    }

    double nanos(final Gemm gemm, final long rows) {
        final double bytes = gemm.aType().bytes(rows * gemm.k()) + gemm.yType().bytes(rows * gemm.n());
        final double command = isCpu ? CPU_COMMAND_NANOS : BUS_COMMAND_NANOS;
        final double copies = bytes / (isCpu ? CPU_BYTES_PER_NANO : BUS_BYTES_PER_NANO);
        return COMMANDS * command + copies + gemm.operations(rows) / operationsPerNano;
    }
}
