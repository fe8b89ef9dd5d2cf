package dev.tern.ffm;

import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ObjectPool;
import dev.tern.Pool2d;
import dev.tern.Tensor;
import dev.tern.Window;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_pool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A pooling compiled for one kernel. */
final class NativePool implements Executable {
    private final NativeKernel kernel;
    private final Pool2d operation;
    private final Execution execution;
    private final ObjectPool<PoolCall> calls;
    private final MemorySegment struct = tern_pool.allocate(Arena.ofAuto());

    NativePool(
            final NativeKernel kernel,
            final Pool2d operation,
            final Execution execution,
            final ObjectPool<PoolCall> calls) {
        this.kernel = kernel;
        this.operation = operation;
        this.execution = execution;
        this.calls = calls;
        describe();
    }

    private void describe() {
        final Window window = operation.window();
        tern_pool.height(struct, operation.height());
        tern_pool.width(struct, operation.width());
        tern_pool.channels(struct, operation.channels());
        tern_pool.out_height(struct, operation.outputHeight());
        tern_pool.out_width(struct, operation.outputWidth());
        tern_pool.kernel_height(struct, window.kernelHeight());
        tern_pool.kernel_width(struct, window.kernelWidth());
        tern_pool.stride_height(struct, window.strideHeight());
        tern_pool.stride_width(struct, window.strideWidth());
        tern_pool.dilation_height(struct, window.dilationHeight());
        tern_pool.dilation_width(struct, window.dilationWidth());
        tern_pool.top(struct, window.top());
        tern_pool.left(struct, window.left());
        tern_pool.type(struct, typeCode());
        tern_pool.zero_point(struct, operation.quantization().zeroPoint(0));
        tern_pool.counts_padding(struct, operation.countsPadding() ? 1 : 0);
    }

    private int typeCode() {
        return switch (operation.type()) {
            case F32 -> LibTern.TERN_F32();
            case S8 -> LibTern.TERN_S8();
            default -> LibTern.TERN_U8();
        };
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final PoolCall call = calls.take();
        call.run(this, a, b, y);
        calls.give(call);
    }

    int kernel() {
        return kernel.index();
    }

    MemorySegment struct() {
        return struct;
    }

    Pool2d operation() {
        return operation;
    }

    Execution execution() {
        return execution;
    }
}
