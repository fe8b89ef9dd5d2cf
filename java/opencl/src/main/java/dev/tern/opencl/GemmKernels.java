package dev.tern.opencl;

import dev.tern.Tensor;

/** The kernels of one GEMM on one device. They are enqueued under the context's monitor. */
interface GemmKernels {
    /** Bytes of b in panels. */
    long panelBytes();

    /** Bytes of what the sums of the columns start from; 0 where that does not depend on b. */
    long seedBytes();

    void pack(Tensor b, ClBuffer panels, ClBuffer seeds);

    void multiply(Tensor a, ClBuffer panels, ClBuffer seeds, Tensor y);

    /** Position of a tensor in its buffer, in elements. */
    static long offset(final Tensor tensor) {
        return tensor.offset() * Byte.SIZE / tensor.type().bits();
    }

    static ClBuffer buffer(final Tensor tensor) {
        return ((ClStorage) tensor.storage()).buffer();
    }

    /** Packs a matrix, whose lanes are its rows or its columns, into panels so many lanes wide. */
    static void pack(
            final ClKernel kernel,
            final Tensor matrix,
            final boolean lanesAreRows,
            final int width,
            final ClBuffer panels) {
        final int lanes = Math.toIntExact(matrix.length(lanesAreRows ? 0 : 1));
        final int terms = Math.toIntExact(matrix.length(lanesAreRows ? 1 : 0));
        kernel.start()
                .buffer(buffer(matrix))
                .index(offset(matrix))
                .index(lanesAreRows ? matrix.stride(0) : 1)
                .index(lanesAreRows ? 1 : matrix.stride(0))
                .integer(lanes)
                .integer(terms)
                .buffer(panels)
                .launch(Tile.packBlocks(terms), Math.ceilDiv(lanes, width));
    }
}
