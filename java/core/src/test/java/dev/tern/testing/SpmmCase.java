package dev.tern.testing;

import dev.tern.SparseMatrix;
import dev.tern.Sparsity;
import dev.tern.Spmm;
import dev.tern.Tensor;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A product with pruned weights.
 *
 * @param dense the same product before its weights, of layout NT, were pruned
 * @param density the share of blocks that is kept, but for each seventh row, which is emptied
 */
public record SpmmCase(GemmCase dense, Sparsity sparsity, double density) {
    private static final int EMPTY_ROW = 7;

    public SparseMatrix weights() {
        final Tensor b = dense.b();
        final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(4);
        for (int row = 0; row < b.length(0); row++) {
            for (int group = 0; group < b.length(1); group += Sparsity.GROUP) {
                prune(b, row, group, row % EMPTY_ROW == EMPTY_ROW - 2 && density < 1 ? 0 : density, random);
            }
        }
        return SparseMatrix.of(sparsity, b);
    }

    /** Keeps or clears the elements of a group; of an N:M group it keeps at most N, and those anywhere. */
    private void prune(
            final Tensor b, final int row, final int group, final double kept, final RandomGenerator random) {
        final int length = (int) Math.min(Sparsity.GROUP, b.length(1) - group);
        final boolean block = random.nextDouble() < kept;
        int left = sparsity.mostOfGroup();
        final int first = random.nextInt(Sparsity.GROUP);
        for (int i = 0; i < Sparsity.GROUP; i++) {
            final int column = (first + i) % Sparsity.GROUP;
            final boolean one = sparsity.blockWidth() > 1 ? block : random.nextDouble() < kept && left-- > 0;
            if (column < length && !one) {
                Strided.set(b.segment(), b.type(), row * b.stride(0) + group + column, 0);
            }
        }
    }

    public Spmm spmm() {
        return Spmm.of(dense.gemm(), weights());
    }

    @Override
    public String toString() {
        return sparsity.word() + " " + density + " of " + dense;
    }
}
