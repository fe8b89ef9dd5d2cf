package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
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
    private final Contribution byInput;

    SoftmaxStage(final Value x, final Value y, final Engine engine) {
        this.x = x;
        this.y = y;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
    }

    @Override
    public void forward(final int batch) {
        HostLayers.softmax(x.value(batch), y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (byInput == null) {
            return;
        }
        final Tensor output = y.value(batch);
        final MemorySegment values = output.segment();
        final MemorySegment from = y.gradient(batch).segment();
        final MemorySegment to = byInput.target(batch).segment();
        final long rowBytes = output.length(output.shape().rank() - 1) * Float.BYTES;
        for (long row = 0; row < values.byteSize(); row += rowBytes) {
            backwardRow(values, from, to, row, row + rowBytes);
        }
        byInput.add(batch);
    }

    private static void backwardRow(
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
            to.set(F32, at, (float) (output.get(F32, at) * (from.get(F32, at) - dot)));
        }
    }
}
