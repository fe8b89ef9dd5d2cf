package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.HostLayers;
import java.lang.foreign.MemorySegment;

/** The last step of each sequence; the gradient by all others is 0. */
final class LastStepStage implements Stage {
    private final Value x;
    private final Value y;
    private final Contribution byInput;

    LastStepStage(final Value x, final Value y, final Engine engine) {
        this.x = x;
        this.y = y;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
    }

    @Override
    public void forward(final int batch) {
        HostLayers.lastStep(x.value(batch), y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (byInput == null) {
            return;
        }
        final Tensor target = byInput.target(batch);
        final MemorySegment to = target.segment();
        final MemorySegment from = y.gradient(batch).segment();
        to.fill((byte) 0);
        final long bytes = from.byteSize() / batch;
        final long stride = target.length(1) * bytes;
        for (int sample = 0; sample < batch; sample++) {
            MemorySegment.copy(from, sample * bytes, to, (sample + 1) * stride - bytes, bytes);
        }
        byInput.add(batch);
    }
}
