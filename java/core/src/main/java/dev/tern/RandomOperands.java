package dev.tern;

import java.util.random.RandomGenerator;

/** Tensors to measure an operation on. */
record RandomOperands(Tensor a, Tensor b, Tensor y) {
    /** For so many rows; b is null where weights are packed. */
    static RandomOperands of(final Operation operation, final boolean packed, final long rows) {
        final Gemm gemm = switch (operation) {
            case final Gemm g -> g;
        };
        final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        final Shape shapeA = gemm.layout().transposesA() ? Shape.of(gemm.k(), rows) : Shape.of(rows, gemm.k());
        final Shape shapeB = gemm.layout().transposesB() ? Shape.of(gemm.n(), gemm.k()) : Shape.of(gemm.k(), gemm.n());
        return new RandomOperands(
                Tensor.random(gemm.aType(), shapeA, random),
                packed ? null : Tensor.random(gemm.bType(), shapeB, random),
                Tensor.allocate(gemm.yType(), Shape.of(rows, gemm.n())));
    }

    void run(final Executable executable) {
        executable.run(a, b, y);
    }
}
