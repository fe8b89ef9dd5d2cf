package dev.tern.nn;

import dev.tern.model.HostLayers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Softmax over rows: {@code dx = y * (dy - sum(dy * y))}. For a loss by cross-entropy, leave it out: the loss has it.
 */
final class SoftmaxStage implements Stage {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Value x;
    private final Value y;
    private final boolean adds;

    SoftmaxStage(final Value x, final Value y) {
        this.x = x;
        this.y = y;
        adds = x.isDifferentiated() && !x.claimGradient();
    }

    @Override
    public void forward(final int batch) {
        HostLayers.softmax(x.value(batch), y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (!x.isDifferentiated()) {
            return;
        }
        final MemorySegment output = y.value(batch).segment();
        final long rowBytes = y.value(batch).length(y.value(batch).shape().rank() - 1) * Float.BYTES;
        for (long row = 0; row < output.byteSize(); row += rowBytes) {
            backwardRow(output, y.gradient(batch).segment(), x.gradient(batch).segment(), row, row + rowBytes);
        }
    }

    private void backwardRow(
            final MemorySegment output,
            final MemorySegment from,
            final MemorySegment to,
            final long row,
            final long end) {
        double dot = 0;
        for (long at = row; at < end; at += Float.BYTES) {
            dot += (double) from.get(F32, at) * output.get(F32, at);
        }
        for (long at = row; at < end; at += Float.BYTES) {
            final float gradient = (float) (output.get(F32, at) * (from.get(F32, at) - dot));
            to.set(F32, at, adds ? to.get(F32, at) + gradient : gradient);
        }
    }
}
