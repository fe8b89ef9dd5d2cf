package dev.tern.bench.peers;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmCase;
import dev.tern.bench.Inputs;
import dev.tern.bench.LstmCase;
import dev.tern.bench.Prepared;
import dev.tern.bench.SparseCase;
import dev.tern.bench.TrainingCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A CPU engine and its in-order stream. */
final class OneDnnSession implements BenchSystem.Session {

    private final MemorySegment engine = OneDnnLibrary.create(OneDnnLibrary.ENGINE_CREATE, OneDnnLibrary.CPU, 0L);
    private final MemorySegment stream =
            OneDnnLibrary.create(OneDnnLibrary.STREAM_CREATE, engine, OneDnnLibrary.IN_ORDER);

    @Override
    public Prepared prepare(final BenchCase problem, final Inputs inputs) {
        return switch (problem) {
            case GemmCase gemm -> OneDnnMatmul.of(engine, stream, gemm, inputs);
            case SparseCase sparse -> OneDnnMatmul.of(engine, stream, sparse.inDenseFloats(), inputs);
            case ConvCase conv when conv.type().isSigns() -> prepareInFloats(conv, inputs);
            case ConvCase conv -> OneDnnConvolution.of(engine, stream, conv, inputs);
            case LstmCase lstm -> OneDnnLstm.of(engine, stream, lstm, inputs);
            case TrainingCase training ->
                throw new IllegalArgumentException("problem: got " + training + ", not taken");
        };
    }

    private Prepared prepareInFloats(final ConvCase signs, final Inputs inputs) {
        return OneDnnConvolution.of(engine, stream, signs.inFloats(), inputs.inFloats(signs, Arena.ofAuto()));
    }

    @Override
    public void close() {
        OneDnnLibrary.call(OneDnnLibrary.STREAM_DESTROY, stream);
        OneDnnLibrary.call(OneDnnLibrary.ENGINE_DESTROY, engine);
    }
}
