package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/**
 * The rows of a matrix, or the positions of images, where a kernel can take them: in place, or, from the heap and from
 * addresses that its elements are not aligned to, copied to scratch. Copies are counted.
 */
final class Operand implements RangeTask {
    /** Below this, handing a copy to another thread costs more than the copy. */
    private static final long PARALLEL_BYTES = 256 * 1024;

    private final Scratch scratch = new Scratch();
    private Tensor tensor;
    private MemorySegment memory;
    private int outer; // dimensions that are walked through; the rest is one piece
    private boolean copied;
    private boolean outward;

    /** Takes a tensor for one run; what it holds is read only {@code ifRead}. */
    void take(final Tensor operand, final boolean ifRead, final Execution execution) {
        take(operand, isDirect(operand), ifRead, execution);
    }

    /** The same for a kernel that takes no gaps. */
    void takeDense(final Tensor operand, final boolean ifRead, final Execution execution) {
        take(operand, isDirect(operand) && operand.isDense(), ifRead, execution);
    }

    private void take(final Tensor operand, final boolean inPlace, final boolean ifRead, final Execution execution) {
        tensor = operand;
        copied = !inPlace;
        if (inPlace) {
            memory = operand.segment();
            return;
        }
        final int rank = operand.shape().rank();
        outer = operand.isDense() ? 1 : rank - 1;
        memory = scratch.atLeast(pieceBytes() * pieces());
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

    /** How many rows a matrix has. */
    long rows() {
        return tensor.length(tensor.shape().rank() - 2);
    }

    /** Distance of neighbouring rows of a matrix, in elements. */
    long rowStride() {
        return stride(tensor.shape().rank() - 2);
    }

    /** Distance of neighbouring matrices of a batch, in elements; 0 of a single one. */
    long matrixStride() {
        return tensor.shape().rank() == 2 ? 0 : stride(0);
    }

    /** Distance of neighbours in a dimension but the last, in elements. */
    long stride(final int dimension) {
        if (!copied) {
            return tensor.stride(dimension);
        }
        final int last = tensor.shape().rank() - 1;
        long stride = tensor.type().bytes(tensor.length(last))
                * Byte.SIZE
                / tensor.type().bits();
        for (int d = last - 1; d > dimension; d--) {
            stride *= tensor.length(d);
        }
        return stride;
    }

    @Override
    public void run(final long from, final long to, final Workspace workspace) {
        final MemorySegment segment = tensor.segment();
        final long bytes = pieceBytes();
        for (long piece = from; piece < to; piece++) {
            final long at = tensor.type().bytes(position(piece));
            if (outward) {
                MemorySegment.copy(memory, piece * bytes, segment, at, bytes);
            } else {
                MemorySegment.copy(segment, at, memory, piece * bytes, bytes);
            }
        }
    }

    private void copy(final boolean toTensor, final Execution execution) {
        outward = toTensor;
        if (tensor.shape().elements() == 0) {
            return;
        }
        final long pieces = pieces();
        final long bytes = pieceBytes() * pieces;
        execution.parallel(this, pieces, bytes < PARALLEL_BYTES ? pieces : Math.ceilDiv(pieces, execution.threads()));
        execution.transfers().countStaged(bytes);
    }

    private long pieces() {
        long pieces = 1;
        for (int d = 0; d < outer; d++) {
            pieces *= tensor.length(d);
        }
        return pieces;
    }

    private long pieceBytes() {
        final int last = tensor.shape().rank() - 1;
        return tensor.type().bytes(outer == last ? tensor.length(last) : tensor.stride(outer - 1));
    }

    /** Where a piece begins in the tensor, in elements. */
    private long position(final long piece) {
        long position = 0;
        long rest = piece;
        for (int d = outer - 1; d >= 0; d--) {
            position += rest % tensor.length(d) * tensor.stride(d);
            rest /= tensor.length(d);
        }
        return position;
    }

    private static boolean isDirect(final Tensor tensor) {
        final MemorySegment segment = tensor.segment();
        return segment.isNative() && segment.address() % tensor.type().bytes(1) == 0;
    }
}
