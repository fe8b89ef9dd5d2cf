package dev.tern.bench;

import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Sparsity;
import dev.tern.Spmm;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** {@code y[m,n] = a[m,k] * b[n,k]} with pruned weights b. Systems without sparse weights multiply by the zeros. */
public record SparseCase(SparseType type, int m, int n, int k) implements ProductCase {

    /** Products of full-range random u8 and s8 deviate by this from their mean of 0; an output step is a 48th. */
    private static final double DEVIATION = 147 * 73 / 48.0;

    public static SparseCase of(final SparseType type, final String shape) {
        final GemmCase extents = GemmCase.of(GemmType.F32, shape);
        if (extents.isBatched()) {
            throw new IllegalArgumentException("shape: got " + shape + ", allowed: MxNxK");
        }
        return new SparseCase(type, extents.m(), extents.n(), extents.k());
    }

    /** The same product, to a system that has dense f32 weights only. */
    public GemmCase inDenseFloats() {
        return new GemmCase(GemmType.F32_PACKED_NT, m, n, k);
    }

    @Override
    public String shape() {
        return m + "x" + n + "x" + k;
    }

    @Override
    public Operation operation() {
        final Gemm product = Gemm.of(n, k)
                .layout(Layout.NT)
                .types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()));
        final Quantization one = Quantization.symmetric(1);
        return Spmm.of(
                type.floats() ? product : product.quantization(one, one, Quantization.symmetric(scaleY())),
                type.sparsity(),
                1 - type.percent() / 100.0);
    }

    /** A power of two that brings random sums into the range of u8. */
    private float scaleY() {
        final double terms = Math.max(1, k * (1 - type.percent() / 100.0));
        return (float) Math.scalb(1.0, (int) Math.round(Math.log(DEVIATION * Math.sqrt(terms)) / Math.log(2)));
    }

    @Override
    public long rows() {
        return m;
    }

    @Override
    public long items() {
        return m;
    }

    @Override
    public long bytesA() {
        return m * type.a().bytes(k);
    }

    @Override
    public long bytesB() {
        return n * type.b().bytes(k);
    }

    @Override
    public long bytesY() {
        return m * type.y().bytes(n);
    }

    @Override
    public double finish(final int column, final double sum) {
        return type.floats() ? sum : Math.clamp(Math.rint((float) sum * (1 / scaleY())), 0, 255);
    }

    /** Clears exactly as many blocks of b as the type says, N:M groups alike, others anywhere. */
    @Override
    public void adjust(final MemorySegment b, final SplittableRandom random) {
        final int width = type.sparsity().blockWidth();
        if (type.sparsity() == Sparsity.N2_M4 || type.sparsity() == Sparsity.N1_M4) {
            for (long group = 0; group < (long) n * k; group += Sparsity.GROUP) {
                clear(b, group, Sparsity.GROUP, Sparsity.GROUP - type.sparsity().mostOfGroup(), 1, random);
            }
            return;
        }
        final long blocks = (long) n * k / width;
        clear(b, 0, blocks, Math.ceilDiv(blocks * type.percent(), 100), width, random);
    }

    /** Selection sampling: of {@code blocks} from an element on, {@code cleared} that are equally likely. */
    private void clear(
            final MemorySegment b,
            final long first,
            final long blocks,
            final long cleared,
            final int width,
            final SplittableRandom random) {
        final long bytes = type.b().bytes(1);
        long left = cleared;
        for (long block = 0; block < blocks; block++) {
            if (random.nextLong(blocks - block) < left) {
                b.asSlice((first + block * width) * bytes, width * bytes).fill((byte) 0);
                left--;
            }
        }
    }
}
