package dev.tern.bench;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Reorder;
import dev.tern.Tensor;
import dev.tern.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A plan with its tensors, which live where the plan runs: on a device that is not the host, copies are not timed. */
final class TernPlan implements Prepared {

    private final Arena arena = Arena.ofShared();
    private final long rows;
    private final PackedWeights weights;
    private final Plan plan;
    private final Signs signs;
    private final Tensor a;
    private final Tensor b;
    private final Tensor y;
    private final Tensor result;
    private final MemorySegment oneElement;

    /** What a convolution of signs begins with: floats, whose signs become its x in each run. */
    private record Signs(Plan plan, Tensor floats) {
        static Signs of(final Engine engine, final ConvCase conv, final Tensor x) {
            final Tensor floats = Tensor.allocate(DataType.F32, x.shape());
            for (long position = 0; position < x.shape().elements() / conv.channels(); position++) {
                for (long c = 0; c < conv.channels(); c++) {
                    final int sign = x.integerAt(position * x.stride(2) + c);
                    floats.segment().setAtIndex(ValueLayout.JAVA_FLOAT, position * conv.channels() + c, sign);
                }
            }
            final Reorder reorder = Reorder.of(conv.height(), conv.width(), conv.channels());
            return new Signs(engine.compile(reorder.types(DataType.F32, DataType.B1)), floats);
        }

        void take(final Tensor x) {
            plan.run(floats, x);
        }
    }

    TernPlan(final Engine engine, final String deviceName, final OperationCase problem, final Inputs inputs) {
        final Operation operation = problem.operation();
        this.rows = problem.rows();
        this.result = host(arena.allocate(problem.bytesY(), 64), problem.y());
        this.oneElement = arena.allocate(problem.type().y().bytes(1));
        final Device device = engine.devices().stream()
                .filter(candidate -> candidate.name().equals(deviceName))
                .findFirst()
                .orElse(Device.CPU);
        final Tensor hostB = host(inputs.b(), problem.b());
        this.a = on(engine, device, host(inputs.a(), problem.a()));
        this.y = on(engine, device, result);
        this.signs = problem instanceof final ConvCase conv && conv.type().isSigns() ? Signs.of(engine, conv, a) : null;
        if (problem.type().isPacked()) {
            this.weights = engine.pack(operation, hostB);
            this.b = null;
            this.plan = engine.compile(weights);
        } else {
            this.weights = null;
            this.b = on(engine, device, hostB);
            this.plan = engine.compile(operation);
        }
    }

    @Override
    public String kernel() {
        return plan.explain(rows).chosen().kernel();
    }

    @Override
    public void run() {
        if (signs != null) {
            signs.take(a);
        }
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

    private static Tensor host(final MemorySegment bytes, final TensorType operand) {
        return Tensor.wrap(bytes, operand.type(), operand.shape());
    }

    private static Tensor on(final Engine engine, final Device device, final Tensor host) {
        if (device.isHost()) {
            return host;
        }
        final Tensor there = engine.allocate(device, host.type(), host.shape());
        host.copyTo(there);
        return there;
    }

    static DataType dataType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> DataType.F32;
            case BF16 -> DataType.BF16;
            case U8 -> DataType.U8;
            case S8 -> DataType.S8;
            case S32 -> DataType.S32;
            case S4 -> DataType.S4;
            case S2 -> DataType.S2;
            case B1 -> DataType.B1;
        };
    }
}
