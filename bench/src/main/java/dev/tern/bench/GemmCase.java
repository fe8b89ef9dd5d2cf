package dev.tern.bench;

/** One problem: {@code y[m,n] = a[m,k] * b[k,n]}. */
public record GemmCase(GemmType type, int m, int n, int k) {

    /** {@code MxNxK}, as results and commands write it. */
    public String shape() {
        return m + "x" + n + "x" + k;
    }

    public static GemmCase of(final GemmType type, final String shape) {
        final String[] extents = shape.split("x");
        if (extents.length != 3) {
            throw new IllegalArgumentException("shape: want MxNxK, got \"" + shape + "\"");
        }
        return new GemmCase(
                type, Integer.parseInt(extents[0]), Integer.parseInt(extents[1]), Integer.parseInt(extents[2]));
    }

    /** Multiplications and additions. */
    public long operations() {
        return 2L * m * n * k;
    }

    public long bytesA() {
        return (long) m * k * type.a().bytes();
    }

    public long bytesB() {
        return (long) k * n * type.b().bytes();
    }

    public long bytesY() {
        return (long) m * n * type.y().bytes();
    }

    /** The least a run can move: each operand read once, the result written once. */
    public long bytesMoved() {
        return bytesA() + bytesB() + bytesY();
    }
}
