package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** The choices behind what a user named, one for each operation in it. */
record Explanations(List<Explanation> operations) {
    /** Chooses kernels for {@code gemm MxNxK}. */
    static Explanations of(final Engine engine, final List<String> what, final GemmOptions options) {
        if (what.size() != 2 || !what.getFirst().equals("gemm")) {
            throw new IllegalArgumentException("operation: got " + what + ", allowed: gemm MxNxK");
        }
        return new Explanations(List.of(gemm(engine, options, what.getLast())));
    }

    private static Explanation gemm(final Engine engine, final GemmOptions options, final String shape) {
        final Gemm gemm = options.operation(shape);
        final long rows = options.rows(shape);
        if (options.isUnpacked()) {
            return engine.compile(gemm).explain(rows);
        }
        final Shape shapeB = gemm.layout().transposesB() ? Shape.of(gemm.n(), gemm.k()) : Shape.of(gemm.k(), gemm.n());
        final Tensor b = Tensor.random(gemm.bType(), shapeB, RandomGenerator.getDefault());
        try (PackedWeights weights = engine.pack(gemm, b)) {
            return engine.compile(weights).explain(rows);
        }
    }

    @Override
    public String toString() {
        return operations.stream().map(Explanation::toString).collect(Collectors.joining(System.lineSeparator()));
    }
}
