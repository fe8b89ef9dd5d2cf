package dev.tern.bench.peers;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.LstmCase;
import dev.tern.bench.SparseCase;
import dev.tern.bench.TrainingCase;

/**
 * ONNX Runtime's CPU provider: {@code MatMul}, {@code Gemm} for operands at run time, {@code MatMulInteger},
 * {@code MatMulNBits} for weights with a scale for each group; {@code Conv}, also for signs, and {@code QLinearConv};
 * {@code LSTM}.
 */
final class OnnxRuntime implements BenchSystem {

    /** {@code MatMulNBits} may compute as it likes, which is in f32. */
    static final long ANY_ACCURACY = 0;

    /** {@code MatMulNBits} rounds its activations to bytes, each group of k by a scale of its own. */
    static final long BYTE_ACCURACY = 4;

    /** Of a group's largest: half a step of 127, and as much again for what it computes with in f32. */
    private static final double BYTE_ROUNDING = 1.0 / 127;

    private final long accuracy;

    private OnnxRuntime(final long accuracy) {
        this.accuracy = accuracy;
    }

    static OnnxRuntime exact() {
        return new OnnxRuntime(ANY_ACCURACY);
    }

    static OnnxRuntime inBytes() {
        return new OnnxRuntime(BYTE_ACCURACY);
    }

    @Override
    public String name() {
        return roundsToBytes() ? "onnxruntime-int8" : "onnxruntime";
    }

    @Override
    public String backend() {
        return "cpu";
    }

    @Override
    public double rounding() {
        return roundsToBytes() ? BYTE_ROUNDING : 0;
    }

    private boolean roundsToBytes() {
        return accuracy == BYTE_ACCURACY;
    }

    @Override
    public boolean takes(final BenchCase problem) {
        if (problem instanceof final GemmCase gemm && gemm.type().isGrouped()) {
            return !gemm.isBatched() && (roundsToBytes() || !gemm.type().isInteger());
        }
        return !roundsToBytes() && takesPlain(problem);
    }

    private static boolean takesPlain(final BenchCase problem) {
        final boolean floats = !problem.type().isInteger() && !problem.type().isHalves(); // it has no bf16 on the CPU
        final boolean numbers = floats || problem.type().isBytes() && Processor.MULTIPLIES_BYTES;
        return switch (problem) {
            case GemmCase gemm -> numbers && !(gemm.isBatched() && isTransposed(gemm.type()));
            case ConvCase conv -> numbers || conv.type().isSigns();
            case SparseCase sparse -> false;
            case LstmCase lstm -> true;
            case TrainingCase training -> false;
        };
    }

    /** {@code Gemm} has matrices only, {@code MatMul} takes none transposed. */
    private static boolean isTransposed(final GemmType type) {
        return type.isTransposedA() || type.isTransposedB();
    }

    /** It does not say, and takes them where the processor has them. */
    @Override
    public boolean usesTiles(final String kernel) {
        return true;
    }

    @Override
    public Session open(final int threads) {
        return new OnnxRuntimeSession(threads, accuracy);
    }
}
