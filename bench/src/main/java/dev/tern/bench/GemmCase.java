package dev.tern.bench;

import dev.tern.BatchedGemm;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
import dev.tern.Quantization;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code y[m,n] = a[m,k] * b[k,n]}, as often as the batch has matrices, which lie one after the other. */
public record GemmCase(GemmType type, int batch, int m, int n, int k) implements ProductCase {
    private static final String EXTENT = "([1-9]\\d{0,4})";
    private static final Pattern SHAPE = Pattern.compile("(?:" + EXTENT + "x)?" + EXTENT + "x" + EXTENT + "x" + EXTENT);

    /** One product. */
    public GemmCase(final GemmType type, final int m, final int n, final int k) {
        this(type, 1, m, n, k);
    }

    /** {@code MxNxK}, or {@code BATCHxMxNxK}. */
    @Override
    public String shape() {
        return (isBatched() ? batch + "x" : "") + m + "x" + n + "x" + k;
    }

    public static GemmCase of(final GemmType type, final String shape) {
        final Matcher extents = SHAPE.matcher(shape);
        if (!extents.matches()) {
            throw new IllegalArgumentException(
                    "shape: got " + shape + ", allowed: [BATCHx]MxNxK, extents from 1 to 99999");
        }
        return new GemmCase(
                type,
                extents.group(1) == null ? 1 : Integer.parseInt(extents.group(1)),
                Integer.parseInt(extents.group(2)),
                Integer.parseInt(extents.group(3)),
                Integer.parseInt(extents.group(4)));
    }

    public boolean isBatched() {
        return batch > 1;
    }

    /** One of the batch. */
    GemmCase matrix() {
        return new GemmCase(type, m, n, k);
    }

    /** The same in another type. */
    GemmCase in(final GemmType other) {
        return new GemmCase(other, batch, m, n, k);
    }

    @Override
    public Operation operation() {
        return isBatched() ? BatchedGemm.of(batch, product()) : product();
    }

    private Gemm product() {
        final Gemm product = Gemm.of(n, k)
                .types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()))
                .layout(type.isTransposedA() ? Layout.TN : type.isTransposedB() ? Layout.NT : Layout.NN);
        return type.isGrouped()
                ? product.quantization(Quantization.symmetric(1), Quantization.perGroup(type.group(), scales()))
                : product;
    }

    /** What weights of a column are multiplied by, for the group that a term is in: times eight bits it is exact. */
    public float scale(final int column, final int term) {
        return (64 + (7 * column + 13 * (term / type.group())) % 64) * 0x1p-12f;
    }

    private float[][] scales() {
        final float[][] scales = new float[n][groups()];
        for (int column = 0; column < n; column++) {
            for (int group = 0; group < groups(); group++) {
                scales[column][group] = scale(column, group * type.group());
            }
        }
        return scales;
    }

    /** Of a column. */
    public int groups() {
        return type.isGrouped() ? Math.ceilDiv(k, type.group()) : 0;
    }

    @Override
    public long rows() {
        return m;
    }

    @Override
    public long items() {
        return (long) batch * m;
    }

    @Override
    public long bytesA() {
        return batch
                * (type.isTransposedA() ? k * type.a().bytes(m) : m * type.a().bytes(k));
    }

    @Override
    public long bytesB() {
        return batch
                * (type.isTransposedB() ? n * type.b().bytes(k) : k * type.b().bytes(n));
    }

    @Override
    public long bytesY() {
        return items() * type.y().bytes(n);
    }

    /** Scales of weights are read as well. */
    @Override
    public long bytesMoved() {
        return ProductCase.super.bytesMoved() + (long) n * groups() * Float.BYTES;
    }

    @Override
    public double finish(final int column, final double sum) {
        return type.isExact() ? (int) (long) sum : sum;
    }
}
