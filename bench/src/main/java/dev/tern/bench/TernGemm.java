package dev.tern.bench;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A plan with its tensors, which live where the plan runs: on a device that is not the host, copies are not timed. */
final class TernGemm implements Prepared {

    private final Arena arena = Arena.ofShared();
    private final GemmCase gemm;
    private final PackedWeights weights;
    private final Plan plan;
    private final Tensor a;
    private final Tensor b;
    private final Tensor y;
    private final Tensor result;
    private final MemorySegment oneElement;

    TernGemm(final Engine engine, final String deviceName, final GemmCase gemm, final GemmInputs inputs) {
        this.gemm = gemm;
        this.result = host(arena.allocate(gemm.bytesY(), 64), gemm.type().y(), gemm.m(), gemm.n(), false);
        this.oneElement = arena.allocate(gemm.type().y().bytes(1));
        final GemmType type = gemm.type();
        final Device device = engine.devices().stream()
                .filter(candidate -> candidate.name().equals(deviceName))
                .findFirst()
                .orElse(Device.CPU);
        final Tensor hostB = host(inputs.b(), type.b(), gemm.k(), gemm.n(), type.isTransposedB());
        this.a = on(engine, device, host(inputs.a(), type.a(), gemm.m(), gemm.k(), type.isTransposedA()));
        this.y = on(engine, device, result);
        if (type.isPacked()) {
            this.weights = engine.pack(operation(gemm), hostB);
            this.b = null;
            this.plan = engine.compile(weights);
        } else {
            this.weights = null;
            this.b = on(engine, device, hostB);
            this.plan = engine.compile(operation(gemm));
        }
    }

    @Override
    public String kernel() {
        return plan.explain(gemm.m()).chosen().kernel();
    }

    @Override
    public void run() {
        if (b == null) {
            plan.run(a, y);
        } else {
            plan.run(a, b, y);
        }
        if (y != result) {
            y.storage().read(0, oneElement); // waits for the device
        }
    }

    @Override
    public MemorySegment output() {
        if (y != result) {
            y.copyTo(result);
        }
        return result.segment();
    }

    @Override
    public void close() {
        if (weights != null) {
            weights.close();
        }
        for (final Tensor tensor : new Tensor[] {a, b, y}) {
            if (tensor != null && !tensor.device().isHost()) {
                tensor.storage().close();
            }
        }
        arena.close();
    }

    private static Gemm operation(final GemmCase gemm) {
        final GemmType type = gemm.type();
        return Gemm.of(gemm.n(), gemm.k())
                .types(dataType(type.a()), dataType(type.b()), dataType(type.y()))
                .layout(type.isTransposedA() ? Layout.TN : type.isTransposedB() ? Layout.NT : Layout.NN);
    }

    private static Tensor host(
            final MemorySegment bytes,
            final GemmType.Element element,
            final long rows,
            final long columns,
            final boolean transposed) {
        final Shape shape = transposed ? Shape.of(columns, rows) : Shape.of(rows, columns);
        return Tensor.wrap(bytes, dataType(element), shape);
    }

    private static Tensor on(final Engine engine, final Device device, final Tensor host) {
        if (device.isHost()) {
            return host;
        }
        final Tensor there = engine.allocate(device, host.type(), host.shape());
        host.copyTo(there);
        return there;
    }

    private static DataType dataType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> DataType.F32;
            case U8 -> DataType.U8;
            case S8 -> DataType.S8;
            case S32 -> DataType.S32;
            case S4 -> DataType.S4;
            case S2 -> DataType.S2;
            case B1 -> DataType.B1;
        };
    }
}
