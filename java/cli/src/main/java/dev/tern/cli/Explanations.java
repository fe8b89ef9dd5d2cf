package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Shape;
import dev.tern.SparseMatrix;
import dev.tern.Spmm;
import dev.tern.Tensor;
import dev.tern.model.CompiledLayer;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** The choices behind what a user named, one for each operation in it. */
record Explanations(List<Explanation> operations) {
    private static final int LARGEST_BATCH = 256;

    /**
     * Chooses kernels for {@code gemm MxNxK} or {@code spmm MxNxK}, or for the layers of a model at each class of row
     * counts.
     */
    static Explanations of(final Engine engine, final List<String> what, final GemmOptions options) throws IOException {
        if (what.size() == 2 && what.getFirst().equals("gemm")) {
            return new Explanations(List.of(gemm(engine, options, what.getLast())));
        }
        if (what.size() == 2 && what.getFirst().equals("spmm")) {
            return new Explanations(List.of(spmm(engine, options, what.getLast())));
        }
        if (what.size() != 1
                || what.getFirst().equals("gemm")
                || what.getFirst().equals("spmm")) {
            throw new IllegalArgumentException(
                    "operation: got " + what + ", allowed: gemm MxNxK, spmm MxNxK, or a model");
        }
        return new Explanations(model(engine, ModelArgument.load(what.getFirst())));
    }

    private static List<Explanation> model(final Engine engine, final Graph graph) {
        try (Executor executor = Executor.compile(graph, engine, LARGEST_BATCH)) {
            return executor.layers().stream()
                    .filter(CompiledLayer::isPlanned)
                    .flatMap(layer -> layer.plan().explain().values().stream())
                    .toList();
        }
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

    private static Explanation spmm(final Engine engine, final GemmOptions options, final String shape) {
        final SparseMatrix weights = options.sparseWeights(shape);
        try (PackedWeights packed = engine.pack(Spmm.of(options.product(shape), weights), weights)) {
            return engine.compile(packed).explain(options.rows(shape));
        }
    }

    @Override
    public String toString() {
        return operations.stream().map(Explanation::toString).collect(Collectors.joining(System.lineSeparator()));
    }
}
