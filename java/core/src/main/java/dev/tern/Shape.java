package dev.tern;

import java.util.Arrays;

/** The lengths of a tensor's dimensions, outermost first. A dimension of length 0 makes an empty tensor. */
public final class Shape {
    private final long[] lengths;
    private final long elements;

    private Shape(final long[] lengths) {
        this.lengths = lengths;
        long product = 1;
        for (final long length : lengths) {
            Require.that(length >= 0, "shape", Arrays.toString(lengths), "lengths of at least 0");
            product = Math.multiplyExact(product, length);
        }
        this.elements = product;
    }

    public static Shape of(final long... lengths) {
        return new Shape(lengths.clone());
    }

    public int rank() {
        return lengths.length;
    }

    public long length(final int dimension) {
        return lengths[dimension];
    }

    public long elements() {
        return elements;
    }

    public long[] lengths() {
        return lengths.clone();
    }

    /** The same shape with another length in one dimension. */
    public Shape with(final int dimension, final long length) {
        final long[] changed = lengths.clone();
        changed[dimension] = length;
        return new Shape(changed);
    }

    /** Strides, in elements, of a tensor of this shape without gaps. */
    public long[] denseStrides() {
        final long[] strides = new long[lengths.length];
        long stride = 1;
        for (int d = lengths.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= lengths[d];
        }
        return strides;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Shape shape && Arrays.equals(lengths, shape.lengths);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(lengths);
    }

    @Override
    public String toString() {
        return Arrays.toString(lengths);
    }
}
