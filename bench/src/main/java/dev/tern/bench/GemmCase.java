package dev.tern.bench;

import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
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
        return Gemm.of(n, k)
                .types(TernPlan.dataType(type.a()), TernPlan.dataType(type.b()), TernPlan.dataType(type.y()))
                .layout(type.isTransposedA() ? Layout.TN : type.isTransposedB() ? Layout.NT : Layout.NN);
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
        return type.isInteger() ? (int) (long) sum : sum;
    }
}
