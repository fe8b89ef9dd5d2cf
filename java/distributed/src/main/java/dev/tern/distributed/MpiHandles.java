package dev.tern.distributed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@code mpi.h} defines where the families differ: in Open MPI a handle is the address of a symbol, in MPICH an
 * integer. Both are kept as a long, which {@link MpiCalls} narrows to what {@code layout} says.
 *
 * @param layout of a handle, distinct by its name from that of other numbers
 * @param inPlace MPI_IN_PLACE
 * @param ignoreStatus MPI_STATUS_IGNORE
 */
record MpiHandles(
        ValueLayout layout,
        long world,
        long bytes,
        long floats,
        long sum,
        long errorsReturn,
        long inPlace,
        long ignoreStatus) {
    private static final String NAME = "handle";

    static MpiHandles of(final MpiLibrary library) {
        return switch (library.family()) {
            case OPEN_MPI ->
                new MpiHandles(
                        ValueLayout.JAVA_LONG.withName(NAME),
                        library.symbol("ompi_mpi_comm_world").address(),
                        library.symbol("ompi_mpi_byte").address(),
                        library.symbol("ompi_mpi_float").address(),
                        library.symbol("ompi_mpi_op_sum").address(),
                        library.symbol("ompi_mpi_errors_return").address(),
                        1,
                        0);
            case MPICH ->
                new MpiHandles(
                        ValueLayout.JAVA_INT.withName(NAME),
                        0x44000000,
                        0x4c00010d,
                        0x4c00040a,
                        0x58000003,
                        0x54000001,
                        -1,
                        1);
        };
    }

    /** A handle that MPI wrote to memory. */
    long read(final MemorySegment handle) {
        return switch (layout) {
            case ValueLayout.OfLong number -> handle.get(number, 0);
            case ValueLayout.OfInt number -> handle.get(number, 0);
            default -> throw new AssertionError(layout);
        };
    }
}
