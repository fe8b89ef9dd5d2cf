package dev.tern.nn;

import dev.tern.model.HostLayers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** ReLU where it could not be folded into the layer before: {@code dx = dy where y > 0}. */
final class ReluStage implements Stage {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Value x;
    private final Value y;
    private final boolean adds;

    ReluStage(final Value x, final Value y) {
        this.x = x;
        this.y = y;
        adds = x.isDifferentiated() && !x.claimGradient();
    }

    @Override
    public void forward(final int batch) {
        HostLayers.relu(x.value(batch), y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (!x.isDifferentiated()) {
            return;
        }
        final MemorySegment output = y.value(batch).segment();
        final MemorySegment from = y.gradient(batch).segment();
        final MemorySegment to = x.gradient(batch).segment();
        for (long at = 0; at < from.byteSize(); at += Float.BYTES) {
            final float passed = output.get(F32, at) > 0 ? from.get(F32, at) : 0;
            to.set(F32, at, adds ? to.get(F32, at) + passed : passed);
        }
    }
}
