package dev.tern.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * What a case's result is, and how far a float may be from it. Written from the definition, not from any backend, so
 * that Tern and its peers stand before the same judge.
 */
public interface Truth {

    /** Half the distance from 1 to the next float. */
    double UNIT_ROUNDOFF = 0x1p-24;

    static Truth of(final BenchCase problem, final Inputs inputs) {
        return switch (problem) {
            case GemmCase gemm when gemm.isBatched() -> Batch.of(gemm, inputs);
            case GemmCase gemm -> ProductTruth.ofGemm(gemm, inputs);
            case ConvCase conv -> ProductTruth.ofConv(conv, inputs);
            case SparseCase sparse -> ProductTruth.ofSparse(sparse, inputs);
            case LstmCase lstm -> LstmTruth.of(lstm, inputs);
            case TrainingCase training -> TrainingTruth.of(training, inputs);
        };
    }

    /**
     * The index of the first element of {@code y} that is wrong: not equal, or, for floats, out of the bound or NaN.
     *
     * @param rounding how far the system rounds its activations, as a fraction of the largest of a row
     */
    OptionalLong firstWrong(MemorySegment y, double rounding);

    /** Of a system that takes its activations as they are. */
    default OptionalLong firstWrong(final MemorySegment y) {
        return firstWrong(y, 0);
    }

    /** Matrices one after the other. */
    record Batch(GemmCase matrix, List<ProductTruth> matrices) implements Truth {

        static Batch of(final GemmCase gemm, final Inputs inputs) {
            final GemmCase matrix = gemm.matrix();
            return new Batch(
                    matrix,
                    IntStream.range(0, gemm.batch())
                            .mapToObj(i -> ProductTruth.ofGemm(matrix, inputs.of(i, matrix)))
                            .toList());
        }

        @Override
        public OptionalLong firstWrong(final MemorySegment y, final double rounding) {
            for (int i = 0; i < matrices.size(); i++) {
                final MemorySegment of = y.asSlice(i * matrix.bytesY(), matrix.bytesY());
                final OptionalLong wrong = matrices.get(i).firstWrong(of, rounding);
                if (wrong.isPresent()) {
                    return OptionalLong.of((long) i * matrix.m() * matrix.n() + wrong.getAsLong());
                }
            }
            return OptionalLong.empty();
        }
    }
}
