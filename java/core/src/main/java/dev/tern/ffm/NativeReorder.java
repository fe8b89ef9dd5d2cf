package dev.tern.ffm;

import dev.tern.DataType;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ImageLayout;
import dev.tern.ObjectPool;
import dev.tern.Reorder;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.tern_reorder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A reordering compiled for one kernel. */
final class NativeReorder implements Executable {
    private final NativeKernel kernel;
    private final Reorder operation;
    private final Execution execution;
    private final ObjectPool<ReorderCall> calls;
    private final MemorySegment struct = tern_reorder.allocate(Arena.ofAuto());

    NativeReorder(
            final NativeKernel kernel,
            final Reorder operation,
            final Execution execution,
            final ObjectPool<ReorderCall> calls) {
        this.kernel = kernel;
        this.operation = operation;
        this.execution = execution;
        this.calls = calls;
        tern_reorder.height(struct, operation.height());
        tern_reorder.width(struct, operation.width());
        tern_reorder.channels(struct, operation.channels());
        tern_reorder.from_type(struct, code(operation.fromType()));
        tern_reorder.to_type(struct, code(operation.toType()));
        tern_reorder.from_planes(struct, operation.from() == ImageLayout.NCHW ? 1 : 0);
        tern_reorder.to_planes(struct, operation.to() == ImageLayout.NCHW ? 1 : 0);
        tern_reorder.scale(struct, operation.quantization().scale(0));
        tern_reorder.zero_point(struct, operation.quantization().zeroPoint(0));
    }

    private static int code(final DataType type) {
        return type.ordinal(); // enum tern_type has the order of DataType
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final ReorderCall call = calls.take();
        call.run(this, a, y);
        calls.give(call);
    }

    int kernel() {
        return kernel.index();
    }

    MemorySegment struct() {
        return struct;
    }

    Reorder operation() {
        return operation;
    }

    Execution execution() {
        return execution;
    }
}
