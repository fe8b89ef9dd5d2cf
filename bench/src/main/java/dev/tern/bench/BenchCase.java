package dev.tern.bench;

import dev.tern.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** One problem, as every system gets it. */
public sealed interface BenchCase permits OperationCase, TrainingCase {

    BenchType type();

    /** The extents in one word, as results and commands write them. */
    String shape();

    TensorType a();

    TensorType b();

    TensorType y();

    /** Rows of a run. */
    long rows();

    /** What a user counts: rows of a product, images, samples. */
    long items();

    long bytesA();

    long bytesB();

    long bytesY();

    /** Makes of random weights those that a case has. */
    default void adjust(final MemorySegment b, final SplittableRandom random) {}

    /** The word for the {@code op} column, which is also the suite's. */
    default String op() {
        return switch (this) {
            case GemmCase gemm -> "gemm";
            case ConvCase conv -> "conv";
            case SparseCase sparse -> "sparse";
            case LstmCase lstm -> "lstm";
            case TrainingCase training -> "training";
        };
    }

    /** Multiplications and additions. */
    long operations();

    /** The least a run can move: each operand read once, the result written once. */
    default long bytesMoved() {
        return bytesA() + bytesB() + bytesY();
    }

    static BenchCase of(final String op, final String type, final String shape) {
        return switch (op) {
            case "gemm" -> GemmCase.of(GemmType.of(type), shape);
            case "conv" -> ConvCase.of(ConvType.of(type), shape);
            case "sparse" -> SparseCase.of(SparseType.of(type), shape);
            case "lstm" -> LstmCase.of(GemmType.of(type), shape);
            case "training" -> TrainingCase.of(GemmType.of(type), shape);
            default ->
                throw new IllegalArgumentException("op: got " + op + ", allowed: gemm, conv, sparse, lstm, training");
        };
    }
}
