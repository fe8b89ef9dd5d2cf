package dev.tern.bench.peers;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmCase;
import dev.tern.bench.SparseCase;

/**
 * ONNX Runtime's CPU provider: {@code MatMul}, {@code Gemm} for operands at run time, {@code MatMulInteger};
 * {@code Conv}, also for signs, and {@code QLinearConv}.
 */
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
    public boolean takes(final BenchCase problem) {
        if (problem instanceof final GemmCase gemm && gemm.type().group() > 0) {
            return OnnxModel.hasOperator(gemm.type());
        }
        final boolean signs = problem.type().isSigns();
        final boolean floats = !problem.type().isInteger() && !problem.type().isHalves(); // it has no bf16 on the CPU
        final boolean numbers = problem.type().isBytes() || floats;
        return numbers && !(problem instanceof SparseCase) || signs && problem instanceof ConvCase;
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
