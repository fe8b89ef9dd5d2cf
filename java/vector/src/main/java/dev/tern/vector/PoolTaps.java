package dev.tern.vector;

/** The taps of a window that lie inside the image, along one side. */
final class PoolTaps {
    private PoolTaps() {}

    /** The first of those that are {@code dilation} apart from {@code first} on. */
    static int begin(final int first, final int dilation) {
        return first < 0 ? Math.ceilDiv(-first, dilation) : 0;
    }

    /** One after the last. */
    static int end(final int first, final int dilation, final int kernel, final int length) {
        return first < length ? Math.min(kernel, Math.ceilDiv(length - first, dilation)) : 0;
    }
}
