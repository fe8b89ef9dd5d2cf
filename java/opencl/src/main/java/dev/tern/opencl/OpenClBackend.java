package dev.tern.opencl;

import dev.tern.Availability;
import dev.tern.Backend;
import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Kernel;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Storage;
import dev.tern.Support;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * OpenCL 1.2 and later: {@code opencl:cpu:0}, {@code opencl:gpu:0}, {@code opencl:fpga:0} (any accelerator). A device's
 * context is made when something is first compiled or allocated for it.
 *
 * <p>With the system property {@code tern.opencl.binary} devices are programmed from that file, and nothing is built.
 */
public final class OpenClBackend implements Backend {
    private static final Set<DataType> HAS_WEIGHTS = Set.of(DataType.F32, DataType.S8);

    private final Map<Device, ClContext> contexts = new HashMap<>();

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public Availability probe() {
        return ClRuntime.instance().probe();
    }

    @Override
    public List<Device> devices() {
        return ClRuntime.instance().devices().stream().map(ClDevice::device).toList();
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        return switch (operation) {
            case final Gemm gemm ->
                HAS_WEIGHTS.contains(gemm.bType()) && !gemm.scalesWeights() && !gemm.scalesRows()
                        ? supports(gemm, find(device))
                        : Support.none(gemm);
            default -> Support.none(operation);
        };
    }

    private static Support supports(final Gemm gemm, final ClDevice device) {
        if (device.isTooOld()) {
            return Support.no(device.version() + ", and at least 1.2 is needed");
        }
        final var binary = ClBinary.configured();
        if (binary.isPresent() && !Files.isReadable(binary.get())) {
            return Support.no(ClBinary.PROPERTY + ": cannot read " + binary.get());
        }
        if (binary.isEmpty() && device.device().kind() == Device.Kind.FPGA) {
            return Support.no("an FPGA runs a binary made beforehand: name it by -D" + ClBinary.PROPERTY + "=FILE");
        }
        final long columnBytes = gemm.bType()
                .bytes(device.tile().paddedColumns(gemm.n()) * device.tile().paddedTerms(gemm.k()));
        return columnBytes > device.maxAllocation()
                ? Support.no("b takes " + columnBytes + " bytes, the device's buffers " + device.maxAllocation())
                : Support.yes(List.of(new Kernel(stem(gemm, device), Isa.SCALAR)));
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        final ClContext context = context(device, execution);
        return switch (operation) {
            case final Gemm gemm -> {
                final GemmKernels kernels =
                        gemm.isQuantized() ? new IntegerKernels(gemm, context) : new FloatKernels(gemm, context);
                final Columns columns = weights == null
                        ? null
                        : weights.form(
                                device.name() + "/" + kernel.name(),
                                Columns.class,
                                b -> Columns.pack(kernels, context, b));
                yield new ClGemm(context, kernels, columns, gemm.accumulates());
            }
            default -> throw new IllegalArgumentException("operation: got " + operation + ", allowed: gemm");
        };
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return switch (operation) {
            case final Gemm gemm -> new ClCost(find(device)).nanos(gemm, rows);
            default -> throw new IllegalArgumentException("operation: got " + operation + ", allowed: gemm");
        };
    }

    @Override
    public String version() {
        return KernelSources.hash();
    }

    @Override
    public Storage allocate(final Device device, final long bytes, final Execution execution) {
        return new ClStorage(context(device, execution).allocate(bytes));
    }

    @Override
    public void close() {
        synchronized (contexts) {
            contexts.values().forEach(ClContext::close);
        }
    }

    private ClContext context(final Device device, final Execution execution) {
        synchronized (contexts) {
            return contexts.computeIfAbsent(
                    device, d -> new ClContext(find(d), execution.memory(), execution.transfers()));
        }
    }

    private static ClDevice find(final Device device) {
        return ClRuntime.instance().devices().stream()
                .filter(d -> d.device().equals(device))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("device: got " + device + ", allowed: those of opencl"));
    }

    private static String stem(final Gemm gemm, final ClDevice device) {
        final Tile tile = device.tile();
        final String accumulator = gemm.isQuantized() ? "s32" : "f32";
        final String path = device.device().kind() + (gemm.isQuantized() && tile.dotProduct() ? "dot" : "");
        final String types = "" + gemm.aType() + gemm.bType() + accumulator;
        return String.join("_", "gemm", types, tile.rows() + "x" + tile.columns(), path)
                .toLowerCase(Locale.ROOT);
    }
}
