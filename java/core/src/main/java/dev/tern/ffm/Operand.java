package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/**
 * The rows of a matrix where a kernel can take them: in place, or, from the heap and from addresses that its elements
 * are not aligned to, copied to scratch. Copies are counted.
 */
final class Operand implements RangeTask {
    /** Below this, handing a copy to another thread costs more than the copy. */
    private static final long PARALLEL_BYTES = 256 * 1024;

    private final Scratch scratch = new Scratch();
    private Tensor tensor;
    private MemorySegment memory;
    private boolean copied;
    private boolean outward;

    /** Takes a tensor for one run; what it holds is read only {@code ifRead}. */
    void take(final Tensor matrix, final boolean ifRead, final Execution execution) {
        tensor = matrix;
        copied = !isDirect(matrix);
        if (!copied) {
            memory = matrix.segment();
            return;
        }
        memory = scratch.atLeast(rowBytes() * matrix.length(0));
        if (ifRead) {
            copy(false, execution);
        }
    }

    /** Brings what a kernel wrote to the tensor. */
    void flush(final Execution execution) {
        if (copied) {
            copy(true, execution);
        }
    }

    /** Lets go of the tensor, so that a pooled operand keeps nobody's memory alive. */
    void release() {
        tensor = null;
        memory = null;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Distance of neighbouring rows, in elements. */
    long rowStride() {
        return copied ? rowBytes() * Byte.SIZE / tensor.type().bits() : tensor.stride(0);
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        final MemorySegment segment = tensor.segment();
        final long rowBytes = rowBytes();
        final long strideBytes = tensor.type().bytes(tensor.stride(0));
        for (long row = from; row < to; row++) {
            if (outward) {
                MemorySegment.copy(memory, row * rowBytes, segment, row * strideBytes, rowBytes);
            } else {
                MemorySegment.copy(segment, row * strideBytes, memory, row * rowBytes, rowBytes);
            }
        }
    }

    private void copy(final boolean toTensor, final Execution execution) {
        outward = toTensor;
        final long rows = tensor.length(0);
        final long bytes = rowBytes() * rows;
        if (bytes == 0) {
            return;
        }
        execution.parallel(this, rows, bytes < PARALLEL_BYTES ? rows : Math.ceilDiv(rows, execution.threads()));
        execution.transfers().countStaged(bytes);
    }

    private long rowBytes() {
        return tensor.type().bytes(tensor.length(1));
    }

    private static boolean isDirect(final Tensor tensor) {
        final MemorySegment segment = tensor.segment();
        return segment.isNative() && segment.address() % tensor.type().bytes(1) == 0;
    }
}
