package dev.tern.bench.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import dev.tern.bench.LstmCase;
import dev.tern.bench.Prepared;
import dev.tern.bench.SparseCase;
import dev.tern.bench.TrainingCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Session options as a host would set them: so many threads within an operator, the rest by default. */
final class OnnxRuntimeSession implements BenchSystem.Session {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();

    private final long accuracy;

    /** @param accuracy of weights with a scale for each group */
    OnnxRuntimeSession(final int threads, final long accuracy) {
        this.accuracy = accuracy;
        try {
            options.setIntraOpNumThreads(threads);
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Prepared prepare(final BenchCase problem, final Inputs inputs) {
        try {
            return switch (problem) {
                case GemmCase gemm when gemm.type().isGrouped() -> prepareGroups(gemm, inputs);
                case GemmCase gemm -> prepare(gemm, inputs);
                case ConvCase conv
                when conv.type().isSigns() ->
                    new OnnxRuntimeConv(environment, options, conv.inFloats(), inputs.inFloats(conv, Arena.ofAuto()));
                case ConvCase conv -> new OnnxRuntimeConv(environment, options, conv, inputs);
                case LstmCase lstm -> prepare(lstm, inputs);
                case SparseCase sparse -> throw refusal(sparse);
                case TrainingCase training -> throw refusal(training);
            };
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static IllegalArgumentException refusal(final BenchCase problem) {
        return new IllegalArgumentException("problem: got " + problem + ", not taken");
    }

    private Prepared prepare(final GemmCase gemm, final Inputs inputs) throws OrtException {
        final GemmType type = gemm.type();
        final OnnxRuntimeModel model = new OnnxRuntimeModel(
                        environment,
                        options,
                        OnnxModel.of(gemm, inputs),
                        OnnxModel.operator(type),
                        gemm,
                        OnnxModel.extentsY(gemm))
                .input("a", inputs.a(), OnnxModel.extentsA(gemm), type.a());
        return type.isPacked() ? model : model.input("b", inputs.b(), OnnxModel.extentsB(gemm), type.b());
    }

    private Prepared prepareGroups(final GemmCase gemm, final Inputs inputs) throws OrtException {
        final MemorySegment a =
                gemm.type().isInteger() ? inputs.inFloats(gemm, Arena.ofAuto()).a() : inputs.a();
        return new OnnxRuntimeModel(
                        environment,
                        options,
                        OnnxModel.ofGroups(gemm, inputs, accuracy),
                        OnnxModel.operator(gemm.type()),
                        gemm,
                        OnnxModel.extentsY(gemm))
                .input("a", a, OnnxModel.extentsA(gemm), GemmType.Element.F32);
    }

    private Prepared prepare(final LstmCase lstm, final Inputs inputs) throws OrtException {
        return new OnnxRuntimeModel(
                        environment,
                        options,
                        OnnxModel.of(lstm, inputs.b(), Arena.ofAuto()),
                        OnnxModel.LSTM,
                        lstm,
                        OnnxModel.extentsY(lstm))
                .input("x", inputs.a(), OnnxModel.extentsX(lstm), GemmType.Element.F32);
    }

    @Override
    public void close() {
        options.close();
        environment.close();
    }
}
