package dev.tern.opencl;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jocl.cl_event;

/**
 * A tensor of one run, from wherever it is. One that lives on another device is copied, dense, to and from scratch of
 * this one, by way of native memory unless it is that already.
 */
final class Operand implements AutoCloseable {
    private final ClContext context;
    private final Tensor tensor;
    private final ClContext.Scratch place;
    private final HostBlock block;
    private final MemorySegment host;
    private Tensor onDevice;
    private cl_event copied;
    private boolean downloaded;

    Operand(final ClContext context, final Tensor tensor, final ClContext.Scratch place) {
        this.context = context;
        this.tensor = tensor;
        this.place = place;
        if (tensor == null || isOn(context, tensor)) {
            onDevice = tensor;
            block = null;
            host = null;
        } else if (tensor.device().isHost()
                && tensor.isDense()
                && tensor.segment().isNative()) {
            block = null;
            host = tensor.segment();
        } else {
            block = new HostBlock(context, tensor.type().bytes(tensor.shape().elements()));
            host = block.segment();
        }
    }

    /** True for a tensor that kernels of the context can reach. */
    static boolean isOn(final ClContext context, final Tensor tensor) {
        return tensor.storage() instanceof final ClStorage storage
                && storage.buffer().context() == context;
    }

    /** Brings the elements to native memory, before the context's monitor is entered. */
    void gather() {
        if (block != null) {
            tensor.copyTo(Tensor.wrap(host, tensor.type(), tensor.shape()));
        }
    }

    /** The tensor on the device, with its elements. */
    Tensor upload() {
        reserve();
        if (host != null) {
            copied = context.enqueueWrite(GemmKernels.buffer(onDevice), 0, host);
        }
        return onDevice;
    }

    /** Room for the tensor on the device. */
    Tensor reserve() {
        if (host != null) {
            final long bytes = host.byteSize();
            onDevice = Tensor.of(new ClStorage(context.scratch(place, bytes), bytes), tensor.type(), tensor.shape());
        }
        return onDevice;
    }

    /** Sends the elements back, so that they are there when this is closed. */
    void download() {
        if (host != null) {
            final cl_event uploaded = copied;
            copied = context.enqueueRead(GemmKernels.buffer(onDevice), 0, host);
            downloaded = true;
            ClContext.forget(uploaded);
        }
    }

    /** Waits for the copies. */
    @Override
    public void close() {
        try {
            ClContext.await(copied);
            if (downloaded && block != null) {
                Tensor.wrap(host, tensor.type(), tensor.shape()).copyTo(tensor);
            }
        } finally {
            if (block != null) {
                block.close();
            }
            Reference.reachabilityFence(tensor);
        }
    }
}
