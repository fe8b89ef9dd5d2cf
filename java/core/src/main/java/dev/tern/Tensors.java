package dev.tern;

/** What tensors are to each other. */
final class Tensors {
    private Tensors() {}

    /** Refuses an output that shares memory with an input. */
    static void requireApart(final Tensor input, final Tensor y, final String name) {
        if (overlaps(input, y)) {
            throw Require.refuse("y", "memory shared with " + name, "memory of its own");
        }
    }

    private static boolean overlaps(final Tensor input, final Tensor y) {
        if (!input.device().isHost() || !y.device().isHost()) {
            return input.storage() == y.storage()
                    && input.offset() < y.offset() + y.extentBytes()
                    && y.offset() < input.offset() + input.extentBytes();
        }
        final var x = input.segment();
        final var z = y.segment();
        if (x.isNative() != z.isNative()) {
            return false;
        }
        final boolean sameSpace =
                x.isNative() || x.heapBase().isPresent() && x.heapBase().equals(z.heapBase());
        return sameSpace && x.address() < z.address() + z.byteSize() && z.address() < x.address() + x.byteSize();
    }
}
