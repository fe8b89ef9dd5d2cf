package dev.tern.testing;

import dev.tern.BatchedGemm;
import dev.tern.Operation;
import dev.tern.Tensor;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;

/**
 * A batch of products.
 *
 * @param one what is done for each matrix
 * @param sharesA whether a is one matrix for all
 * @param sharesB whether b is one matrix for all, as packed weights cannot be
 */
public record BatchedCase(GemmCase one, int batch, boolean sharesA, boolean sharesB) implements OperationCase {
    @Override
    public Operation operation() {
        return BatchedGemm.of(batch, one.gemm());
    }

    @Override
    public int rows() {
        return one.rows();
    }

    @Override
    public int gap() {
        return one.gap();
    }

    @Override
    public Values values() {
        return one.values();
    }

    @Override
    public Place place() {
        return one.place();
    }

    @Override
    public Tensor a() {
        return sharesA ? one.a() : OperationCase.super.a();
    }

    @Override
    public Tensor b() {
        return sharesB ? one.b() : OperationCase.super.b();
    }

    @Override
    public String toString() {
        return batch + " of " + one + (sharesA ? " one a" : "") + (sharesB ? " one b" : "");
    }
}
