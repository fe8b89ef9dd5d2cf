package dev.tern.distributed;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Tensors of floats without gaps as one vector, in their order. */
final class Floats {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Floats() {}

    static float[] of(final List<Tensor> tensors) {
        final float[] all = new float[count(tensors)];
        int at = 0;
        for (final Tensor tensor : tensors) {
            final int length = count(List.of(tensor));
            MemorySegment.copy(tensor.segment(), F32, 0, all, at, length);
            at += length;
        }
        return all;
    }

    /** The inverse; refuses a vector of another length. */
    static void put(final float[] all, final List<Tensor> tensors) {
        Operands.require(all.length == count(tensors), "memory", all.length + " numbers", count(tensors) + " numbers");
        int at = 0;
        for (final Tensor tensor : tensors) {
            final int length = count(List.of(tensor));
            MemorySegment.copy(all, at, tensor.segment(), F32, 0, length);
            at += length;
        }
    }

    private static int count(final List<Tensor> tensors) {
        return Math.toIntExact(
                tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum());
    }
}
