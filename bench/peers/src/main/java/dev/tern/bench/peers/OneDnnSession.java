package dev.tern.bench.peers;

import dev.tern.bench.BenchSystem;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.Prepared;
import java.lang.foreign.MemorySegment;

/** A CPU engine and its in-order stream. */
final class OneDnnSession implements BenchSystem.Session {

    private final MemorySegment engine = OneDnnLibrary.create(OneDnnLibrary.ENGINE_CREATE, OneDnnLibrary.CPU, 0L);
    private final MemorySegment stream =
            OneDnnLibrary.create(OneDnnLibrary.STREAM_CREATE, engine, OneDnnLibrary.IN_ORDER);

    @Override
    public Prepared prepare(final GemmCase gemm, final GemmInputs inputs) {
        return new OneDnnMatmul(engine, stream, gemm, inputs);
    }

    @Override
    public void close() {
        OneDnnLibrary.call(OneDnnLibrary.STREAM_DESTROY, stream);
        OneDnnLibrary.call(OneDnnLibrary.ENGINE_DESTROY, engine);
    }
}
