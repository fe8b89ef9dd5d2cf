package dev.tern.bench.peers;

import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import java.lang.foreign.MemorySegment;

/** Makes a {@code matmul} of a product. */
final class OneDnnMatmul {

    private static final MemorySegment NONE = MemorySegment.NULL;

    private OneDnnMatmul() {}

    static OneDnnPrimitive of(
            final MemorySegment engine, final MemorySegment stream, final GemmCase gemm, final Inputs inputs) {
        final GemmType type = gemm.type();
        try (OneDnnLayout a = plain(gemm.m(), gemm.k(), type.a(), type.isTransposedA());
                OneDnnLayout b = plain(gemm.k(), gemm.n(), type.b(), type.isTransposedB());
                OneDnnLayout y = plain(gemm.m(), gemm.n(), type.y(), false);
                OneDnnLayout any = OneDnnLayout.any(type.b(), gemm.k(), gemm.n())) {
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
            final long rows, final long columns, final GemmType.Element element, final boolean transposed) {
        final long[] strides = transposed ? new long[] {1, rows} : new long[] {columns, 1};
        return OneDnnLayout.of(element, new long[] {rows, columns}, strides);
    }
}
