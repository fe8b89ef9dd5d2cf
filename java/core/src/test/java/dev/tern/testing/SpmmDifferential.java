package dev.tern.testing;

import dev.tern.Engine;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.SparseMatrix;
import dev.tern.Spmm;
import dev.tern.Tensor;
import java.util.List;

/** Holds products with sparse weights to the reference of the GEMM that has the zeros. */
public final class SpmmDifferential implements AutoCloseable {
    private final Engine reference =
            Engine.builder().device("cpu:reference").threads(1).build();
    private final List<Engine> tested;

    /** The tested engines stay the caller's. */
    public SpmmDifferential(final Engine... tested) {
        this.tested = List.of(tested);
    }

    public void check(final SpmmCase test) {
        final SparseMatrix weights = test.weights();
        final Tensor a = test.dense().a();
        final Tensor b = weights.toDense();
        final Tensor expected = test.dense().y();
        try (PackedWeights packed = reference.pack(test.dense().gemm(), b)) {
            reference.compile(packed).run(a, expected);
        }
        for (final Engine engine : tested) {
            check(test, engine, weights, a, expected);
        }
    }

    private static void check(
            final SpmmCase test,
            final Engine engine,
            final SparseMatrix weights,
            final Tensor a,
            final Tensor expected) {
        final Spmm spmm = Spmm.of(test.dense().gemm(), weights);
        final Tensor y = test.dense().y();
        try (PackedWeights packed = engine.pack(spmm, weights)) {
            final Plan plan = engine.compile(packed);
            plan.run(a, y);
            Differential.compare(
                    expected,
                    y,
                    GemmDifferential.bound(spmm.product(), a, weights.toDense(), expected),
                    index -> plan.explain(test.dense().rows()).chosen().kernel() + ": " + test + " at " + index);
        }
    }

    @Override
    public void close() {
        reference.close();
    }
}
