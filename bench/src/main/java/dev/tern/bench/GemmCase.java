package dev.tern.bench;

import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
import dev.tern.Quantization;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code y[m,n] = a[m,k] * b[k,n]}. */
public record GemmCase(GemmType type, int m, int n, int k) implements BenchCase {
    private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})x([1-9]\\d{0,4})");

    /** {@code MxNxK}. */
    @Override
    public String shape() {
        return m + "x" + n + "x" + k;
    }

    public static GemmCase of(final GemmType type, final String shape) {
        final Matcher extents = SHAPE.matcher(shape);
        if (!extents.matches()) {
            throw new IllegalArgumentException("shape: got " + shape + ", allowed: MxNxK with extents from 1 to 99999");
        }
        return new GemmCase(
                type,
                Integer.parseInt(extents.group(1)),
                Integer.parseInt(extents.group(2)),
                Integer.parseInt(extents.group(3)));
    }

    @Override
    public Operation operation() {
        final Gemm gemm = Gemm.of(n, k)
                .types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()))
                .layout(type.isTransposedA() ? Layout.TN : type.isTransposedB() ? Layout.NT : Layout.NN);
        return type.group() == 0
                ? gemm
                : gemm.quantization(Quantization.symmetric(1), Quantization.perGroup(type.group(), scales()));
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
        return type.group() == 0 ? 0 : Math.ceilDiv(k, type.group());
    }

    @Override
    public long operations() {
        return 2L * m * n * k;
    }

    @Override
    public long bytesMoved() {
        return BenchCase.super.bytesMoved() + (long) n * groups() * Float.BYTES;
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
        return type.isTransposedA() ? k * type.a().bytes(m) : m * type.a().bytes(k);
    }

    @Override
    public long bytesB() {
        return type.isTransposedB() ? n * type.b().bytes(k) : k * type.b().bytes(n);
    }

    @Override
    public long bytesY() {
        return m * type.y().bytes(n);
    }

    @Override
    public double finish(final int column, final double sum) {
        return type.isExact() ? (int) (long) sum : sum;
    }
}
