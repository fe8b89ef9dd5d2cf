package dev.tern.bench.peers;

import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import java.lang.foreign.MemorySegment;

/** Makes a {@code matmul} of a product, or of a batch of them. */
final class OneDnnMatmul {

    private static final MemorySegment NONE = MemorySegment.NULL;

    private OneDnnMatmul() {}

    static OneDnnPrimitive of(
            final MemorySegment engine, final MemorySegment stream, final GemmCase gemm, final Inputs inputs) {
        final GemmType type = gemm.type();
        final long batch = gemm.batch();
        try (OneDnnLayout a = plain(batch, gemm.m(), gemm.k(), type.a(), type.isTransposedA());
                OneDnnLayout b = plain(batch, gemm.k(), gemm.n(), type.b(), type.isTransposedB());
                OneDnnLayout y = plain(batch, gemm.m(), gemm.n(), type.y(), false);
                OneDnnLayout any = OneDnnLayout.any(type.b(), extents(batch, gemm.k(), gemm.n()))) {
            final MemorySegment description = OneDnnLibrary.create(
                    OneDnnLibrary.MATMUL_DESCRIBE,
                    engine,
                    a.handle(),
                    type.isPacked() ? any.handle() : b.handle(),
                    NONE,
                    y.handle(),
                    NONE);
            final OneDnnPrimitive matmul = new OneDnnPrimitive(engine, stream, description, gemm.bytesY());
            matmul.bind(OneDnnLibrary.SRC, a, inputs.a());
            if (type.isPacked()) {
                matmul.bindReordered(b, inputs.b());
            } else {
                matmul.bind(OneDnnLibrary.WEIGHTS, b, inputs.b());
            }
            matmul.bindOutput(y);
            return matmul;
        }
    }

    private static OneDnnLayout plain(
            final long batch,
            final long rows,
            final long columns,
            final GemmType.Element element,
            final boolean transposed) {
        final long row = transposed ? 1 : columns;
        final long column = transposed ? rows : 1;
        final long[] strides = batch > 1 ? new long[] {rows * columns, row, column} : new long[] {row, column};
        return OneDnnLayout.of(element, extents(batch, rows, columns), strides);
    }

    /** A single product is one of matrices: oneDNN has kernels of its own for a batch. */
    private static long[] extents(final long batch, final long rows, final long columns) {
        return batch > 1 ? new long[] {batch, rows, columns} : new long[] {rows, columns};
    }
}
