package dev.tern.bench.peers;

import dev.tern.bench.BenchSystem;
import dev.tern.bench.GemmType;

/** ONNX Runtime's CPU provider: {@code MatMul}, {@code Gemm} for operands at run time, {@code MatMulInteger}. */
final class OnnxRuntime implements BenchSystem {

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public String backend() {
        return "cpu";
    }

    @Override
    public boolean takes(final GemmType type) {
        return type.isBytes() || !type.isInteger();
    }

    /** It does not say, and takes them where the processor has them. */
    @Override
    public boolean usesTiles(final String kernel) {
        return true;
    }

    @Override
    public Session open(final int threads) {
        return new OnnxRuntimeSession(threads);
    }
}
