package dev.tern.bench.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.Prepared;

/** Session options as a host would set them: so many threads within an operator, the rest by default. */
final class OnnxRuntimeSession implements BenchSystem.Session {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();

    OnnxRuntimeSession(final int threads) {
        try {
            options.setIntraOpNumThreads(threads);
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Prepared prepare(final GemmCase gemm, final GemmInputs inputs) {
        try {
            return new OnnxRuntimeMatmul(environment, options, gemm, inputs);
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        options.close();
        environment.close();
    }
}
