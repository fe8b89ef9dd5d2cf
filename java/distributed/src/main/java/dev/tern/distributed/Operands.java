package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;

/** What every communicator asks of the arguments of its operations, before memory is touched. */
final class Operands {
    private Operands() {}

    /** The memory of a tensor that has no gaps and an address. */
    static MemorySegment memory(final String argument, final Tensor tensor) {
        require(tensor != null, argument, "null", "a tensor");
        require(tensor.device().isHost(), argument, tensor, "one in host memory");
        require(tensor.isDense(), argument, tensor + " with gaps", "one without");
        require(
                tensor.segment().isNative(),
                argument,
                "one on the heap",
                "one in native memory, as by Tensor.allocate");
        return tensor.segment();
    }

    static MemorySegment floats(final String argument, final Tensor tensor) {
        final MemorySegment memory = memory(argument, tensor);
        require(tensor.type() == DataType.F32, argument, tensor.type(), "F32");
        return memory;
    }

    static void requireRank(final String argument, final int rank, final int size) {
        require(rank >= 0 && rank < size, argument, rank, "0 to " + (size - 1));
    }

    static void requirePeer(final String argument, final int rank, final Communicator communicator) {
        requireRank(argument, rank, communicator.size());
        require(rank != communicator.rank(), argument, rank, "another rank than the caller's");
    }

    static void requireBytes(final String argument, final MemorySegment memory, final long bytes) {
        require(memory.byteSize() == bytes, argument, memory.byteSize() + " bytes", bytes + " bytes");
    }

    static void requireParts(final String argument, final MemorySegment memory, final int parts) {
        require(
                memory.byteSize() % parts == 0,
                argument,
                memory.byteSize() + " bytes",
                "a multiple of the " + parts + " ranks");
    }

    static void require(final boolean holds, final String argument, final Object got, final String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(argument + ": got " + got + ", allowed: " + allowed);
        }
    }
}
