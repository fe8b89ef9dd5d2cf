package dev.tern.reference;

import dev.tern.Pool2d;
import dev.tern.Tensor;
import dev.tern.Window;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The poolings of {@link Pool2d}'s definition, one element at a time. */
final class ReferencePool2d {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Pool2d pool;

    /** A place in an image. */
    private record Position(int row, int column) {}

    /** What is done for one element of the output. */
    private interface Output {
        void at(long image, List<Position> window, long y, int channel);
    }

    ReferencePool2d(final Pool2d pool) {
        this.pool = pool;
    }

    void run(final Tensor a, final Tensor b, final Tensor y) {
        final boolean max = pool.mode() == Pool2d.Mode.MAX;
        if (pool.pass() == Pool2d.Pass.FORWARD) {
            forEach(y, (image, window, at, c) -> {
                if (max) {
                    copy(a, index(a, image, winner(a, image, window, c)) + c, y, at);
                } else {
                    average(a, image, window, c, y, at);
                }
            });
            return;
        }
        clear(y);
        if (max) {
            forEach(b, (image, window, at, c) -> {
                final Position winner = winner(a, image, window, c);
                add(y, index(y, image, winner) + c, b.floatAt(at));
            });
        } else {
            forEach(a, (image, window, at, c) -> {
                final float share = a.floatAt(at) * (1f / count(window));
                window.forEach(p -> add(y, index(y, image, p) + c, share));
            });
        }
    }

    /** All elements of the output, in order. */
    private void forEach(final Tensor output, final Output task) {
        for (long image = 0; image < output.length(0); image++) {
            for (int row = 0; row < pool.outputHeight(); row++) {
                for (int column = 0; column < pool.outputWidth(); column++) {
                    final List<Position> window = window(row, column);
                    final long at = index(output, image, new Position(row, column));
                    for (int c = 0; c < pool.channels(); c++) {
                        task.at(image, window, at + c, c);
                    }
                }
            }
        }
    }

    /** The positions inside the image that an output sees. */
    private List<Position> window(final int outputRow, final int outputColumn) {
        final Window window = pool.window();
        final List<Position> inside = new ArrayList<>();
        for (int kh = 0; kh < window.kernelHeight(); kh++) {
            final int row = outputRow * window.strideHeight() - window.top() + kh * window.dilationHeight();
            for (int kw = 0; kw < window.kernelWidth(); kw++) {
                final int column = outputColumn * window.strideWidth() - window.left() + kw * window.dilationWidth();
                if (row >= 0 && row < pool.height() && column >= 0 && column < pool.width()) {
                    inside.add(new Position(row, column));
                }
            }
        }
        return inside;
    }

    private int count(final List<Position> window) {
        return pool.countsPadding() ? pool.window().taps() : window.size();
    }

    /** Where the greatest is. */
    private static Position winner(final Tensor x, final long image, final List<Position> window, final int channel) {
        Position winner = window.getFirst();
        for (final Position position : window) {
            final float greatest = value(x, index(x, image, winner) + channel);
            if (!(value(x, index(x, image, position) + channel) <= greatest) && !Float.isNaN(greatest)) {
                winner = position;
            }
        }
        return winner;
    }

    private void average(
            final Tensor x,
            final long image,
            final List<Position> window,
            final int channel,
            final Tensor y,
            final long at) {
        final int zero = x.type().isByte() ? pool.quantization().zeroPoint(0) : 0;
        float sum = 0;
        for (final Position position : window) {
            sum += value(x, index(x, image, position) + channel) - zero;
        }
        final float average = sum / count(window);
        if (x.type().isByte()) {
            y.segment().set(ValueLayout.JAVA_BYTE, at, (byte) (zero + (int) Math.rint(average)));
        } else {
            y.segment().set(F32, at * Float.BYTES, average);
        }
    }

    private static float value(final Tensor tensor, final long at) {
        return tensor.type().isByte() ? tensor.integerAt(at) : tensor.floatAt(at);
    }

    private static void copy(final Tensor from, final long at, final Tensor to, final long target) {
        if (from.type().isByte()) {
            to.segment().set(ValueLayout.JAVA_BYTE, target, (byte) from.integerAt(at));
        } else {
            to.segment().set(F32, target * Float.BYTES, from.floatAt(at));
        }
    }

    private static void add(final Tensor tensor, final long at, final float value) {
        tensor.segment().set(F32, at * Float.BYTES, tensor.floatAt(at) + value);
    }

    /** Zeros, but for gaps, which keep what they hold. */
    private static void clear(final Tensor tensor) {
        for (long image = 0; image < tensor.length(0); image++) {
            for (int row = 0; row < tensor.length(1); row++) {
                for (int column = 0; column < tensor.length(2); column++) {
                    final long at = index(tensor, image, new Position(row, column));
                    for (long c = 0; c < tensor.length(3); c++) {
                        tensor.segment().set(F32, (at + c) * Float.BYTES, 0);
                    }
                }
            }
        }
    }

    private static long index(final Tensor tensor, final long image, final Position position) {
        return image * tensor.stride(0) + position.row * tensor.stride(1) + position.column * tensor.stride(2);
    }
}
