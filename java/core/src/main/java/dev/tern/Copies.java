package dev.tern;

import java.lang.foreign.MemorySegment;

/** Copies between tensors, row by row where there are gaps. */
final class Copies {
    private Copies() {}

    static void copy(final Tensor source, final Tensor target) {
        if (source.shape().elements() == 0) {
            return;
        }
        if (source.isDense() && target.isDense()) {
            copyBytes(source, 0, target, 0, source.extentBytes());
        } else {
            copyRows(source, target, 0, 0, 0);
        }
    }

    /** Descends to the innermost dimension; {@code from} and {@code to} are positions in elements. */
    private static void copyRows(
            final Tensor source, final Tensor target, final int dimension, final long from, final long to) {
        final DataType type = source.type();
        if (dimension >= source.shape().rank() - 1) {
            final long row = source.shape().rank() == 0 ? 1 : source.length(dimension);
            copyBytes(source, from * type.bits() / 8, target, to * type.bits() / 8, type.bytes(row));
            return;
        }
        for (long i = 0; i < source.length(dimension); i++) {
            final long sourceRow = from + i * source.stride(dimension);
            copyRows(source, target, dimension + 1, sourceRow, to + i * target.stride(dimension));
        }
    }

    private static void copyBytes(
            final Tensor source, final long from, final Tensor target, final long to, final long bytes) {
        if (target.device().isHost()) {
            source.storage().read(source.offset() + from, target.segment().asSlice(to, bytes));
        } else if (source.device().isHost()) {
            target.storage().write(target.offset() + to, source.segment().asSlice(from, bytes));
        } else {
            final MemorySegment staged = HostStorage.allocate(bytes).segment();
            source.storage().read(source.offset() + from, staged);
            target.storage().write(target.offset() + to, staged);
        }
    }
}
