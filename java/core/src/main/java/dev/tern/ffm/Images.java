package dev.tern.ffm;

import dev.tern.Execution;
import dev.tern.ImageLayout;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.tern_images;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A tensor of four dimensions as the library reads it, or none. */
final class Images {
    private final Operand operand = new Operand();
    private final MemorySegment struct = tern_images.allocate(Arena.ofAuto());
    private MemorySegment address;
    private boolean planes;

    void take(final Tensor tensor, final boolean ifRead, final Execution execution) {
        take(tensor, ImageLayout.NHWC, ifRead, execution);
    }

    /** @param tensor null for none */
    void take(final Tensor tensor, final ImageLayout layout, final boolean ifRead, final Execution execution) {
        address = tensor == null ? MemorySegment.NULL : struct;
        planes = layout == ImageLayout.NCHW;
        if (tensor != null) {
            operand.take(tensor, ifRead, execution);
            tern_images.first(struct, operand.memory());
            tern_images.image_stride(struct, operand.stride(0));
            tern_images.row_stride(struct, operand.stride(layout.height()));
            tern_images.col_stride(struct, planes ? 1 : operand.stride(layout.width()));
        }
    }

    MemorySegment address() {
        return address;
    }

    long channelStride() {
        return planes ? operand.stride(ImageLayout.NCHW.channels()) : 1;
    }

    /** Brings what was written back to where the tensor lies. */
    void flush(final Execution execution) {
        operand.flush(execution);
    }

    void release() {
        operand.release();
    }
}
