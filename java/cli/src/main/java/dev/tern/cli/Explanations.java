package dev.tern.cli;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Lstm;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Pool2d;
import dev.tern.Reorder;
import dev.tern.Shape;
import dev.tern.SparseMatrix;
import dev.tern.Spmm;
import dev.tern.Tensor;
import dev.tern.TensorType;
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

    private static final String ALLOWED =
            "gemm MxNxK, spmm MxNxK, conv2d NxHxWxC, max-pool NxHxWxC, average-pool NxHxWxC,"
                    + " reorder NxHxWxC,"
                    + " lstm BATCHxINPUTSxHIDDEN, lstm-training BATCHxINPUTSxHIDDEN, or a model";

    /** Chooses kernels for an operation and its shape, or for the layers of a model at each class of row counts. */
    static Explanations of(
            final Engine engine, final List<String> what, final GemmOptions gemm, final WindowOptions windows)
            throws IOException {
        if (what.size() == 2) {
            return new Explanations(List.of(operation(engine, what.getFirst(), what.getLast(), gemm, windows)));
        }
        if (what.size() > 2 || ALLOWED.contains(what.getFirst() + " ")) {
            throw refusal(what);
        }
        return new Explanations(model(engine, ModelArgument.load(what.getFirst())));
    }

    private static IllegalArgumentException refusal(final List<String> what) {
        return new IllegalArgumentException("operation: got " + what + ", allowed: " + ALLOWED);
    }

    private static Explanation operation(
            final Engine engine,
            final String name,
            final String shape,
            final GemmOptions gemm,
            final WindowOptions windows) {
        return switch (name) {
            case "gemm" -> explain(engine, gemm.operation(shape), gemm.rows(shape), !gemm.isUnpacked());
            case "spmm" -> spmm(engine, gemm, shape);
            case "conv2d" -> {
                final Conv2d conv = windows.convolution(shape, gemm.types());
                final boolean packed = !gemm.isUnpacked() && conv.pass() != Conv2d.Pass.BACKWARD_WEIGHTS;
                yield explain(engine, conv, WindowOptions.images(shape, conv.positions()), packed);
            }
            case "max-pool", "average-pool" -> {
                final Pool2d.Mode mode = name.startsWith("max") ? Pool2d.Mode.MAX : Pool2d.Mode.AVERAGE;
                final Pool2d pool = windows.pooling(mode, shape, gemm.types().getFirst());
                yield explain(engine, pool, WindowOptions.images(shape, pool.positions()), false);
            }
            case "reorder" -> {
                final Reorder reorder = windows.reordering(shape, gemm.types());
                yield explain(engine, reorder, WindowOptions.images(shape, reorder.positions()), false);
            }
            case "lstm" -> lstm(engine, WindowOptions.lstm(shape), WindowOptions.batch(shape));
            case "lstm-training" -> explain(engine, windows.training(shape), WindowOptions.batch(shape), false);
            default -> throw refusal(List.of(name, shape));
        };
    }

    private static List<Explanation> model(final Engine engine, final Graph graph) {
        try (Executor executor = Executor.compile(graph, engine, LARGEST_BATCH)) {
            return executor.layers().stream()
                    .filter(CompiledLayer::isPlanned)
                    .flatMap(layer -> layer.plan().explain().values().stream())
                    .toList();
        }
    }

    private static Explanation explain(
            final Engine engine, final Operation operation, final long rows, final boolean packed) {
        if (!packed) {
            return engine.compile(operation).explain(rows);
        }
        final TensorType b = operation.b(rows);
        return packed(engine, operation, b.type(), b.shape(), rows);
    }

    private static Explanation packed(
            final Engine engine, final Operation operation, final DataType type, final Shape shape, final long rows) {
        final Tensor weights = Tensor.random(type, shape, RandomGenerator.getDefault());
        try (PackedWeights packed = engine.pack(operation, weights)) {
            return engine.compile(packed).explain(rows);
        }
    }

    private static Explanation lstm(final Engine engine, final Lstm lstm, final long batch) {
        final Shape weights = Shape.of(4L * lstm.hidden(), lstm.inputs() + (long) lstm.hidden());
        return packed(engine, lstm, DataType.F32, weights, batch);
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
