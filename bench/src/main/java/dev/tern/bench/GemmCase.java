package dev.tern.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One problem: {@code y[m,n] = a[m,k] * b[k,n]}. */
public record GemmCase(GemmType type, int m, int n, int k) {
    private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})x([1-9]\\d{0,4})");

    /** {@code MxNxK}, as results and commands write it. */
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

    /** Multiplications and additions. */
    public long operations() {
        return 2L * m * n * k;
    }

    public long bytesA() {
        return type.isTransposedA() ? k * type.a().bytes(m) : m * type.a().bytes(k);
    }

    public long bytesB() {
        return type.isTransposedB() ? n * type.b().bytes(k) : k * type.b().bytes(n);
    }

    public long bytesY() {
        return m * type.y().bytes(n);
    }

    /** The least a run can move: each operand read once, the result written once. */
    public long bytesMoved() {
        return bytesA() + bytesB() + bytesY();
    }
}
