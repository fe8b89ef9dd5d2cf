package dev.tern.opencl;

import dev.tern.PackedForm;
import dev.tern.Tensor;

/** Weights on a device: b in panels, and what the sums of its columns start from. */
record Columns(ClBuffer panels, ClBuffer seeds) implements PackedForm {
    /** Sends the weights to the device and packs them there. */
    static Columns pack(final GemmKernels kernels, final ClContext context, final Tensor weights) {
        final long bytes = weights.type().bytes(weights.shape().elements());
        final Tensor sent = Tensor.of(new ClStorage(context.allocate(bytes)), weights.type(), weights.shape());
        weights.copyTo(sent);
        final Columns columns =
                new Columns(context.allocate(kernels.panelBytes()), context.allocate(kernels.seedBytes()));
        synchronized (context) {
            kernels.pack(sent, columns.panels, columns.seeds);
        }
        sent.storage().close();
        return columns;
    }

    @Override
    public long bytes() {
        return panels.bytes() + seeds.bytes();
    }

    @Override
    public void free() {
        panels.free();
        seeds.free();
    }
}
