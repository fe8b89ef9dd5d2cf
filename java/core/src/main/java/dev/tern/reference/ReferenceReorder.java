package dev.tern.reference;

import dev.tern.DataType;
import dev.tern.ImageLayout;
import dev.tern.Quantization;
import dev.tern.Reorder;
import dev.tern.Tensor;
import java.lang.foreign.ValueLayout;

/** One element at a time, as {@link Reorder} defines it. */
record ReferenceReorder(Reorder reorder) {
    void run(final Tensor x, final Tensor none, final Tensor y) {
        for (long image = 0; image < x.length(0); image++) {
            for (long row = 0; row < reorder.height(); row++) {
                for (long column = 0; column < reorder.width(); column++) {
                    for (long channel = 0; channel < reorder.channels(); channel++) {
                        final long from = at(x, reorder.from(), image, row, column, channel);
                        convert(x, from, y, at(y, reorder.to(), image, row, column, channel));
                    }
                }
            }
        }
    }

    private static long at(
            final Tensor tensor,
            final ImageLayout layout,
            final long image,
            final long row,
            final long column,
            final long channel) {
        return image * tensor.stride(0)
                + row * tensor.stride(layout.height())
                + column * tensor.stride(layout.width())
                + channel * tensor.stride(layout.channels());
    }

    private void convert(final Tensor x, final long from, final Tensor y, final long to) {
        final Quantization quantization = reorder.quantization();
        switch (reorder.toType()) {
            case B1 -> setSign(y, to, x.floatAt(from) >= 0 ? 1 : 0);
            case F32 -> {
                final float value = reorder.fromType() == DataType.F32
                        ? x.floatAt(from)
                        : quantization.dequantize(x.integerAt(from), 0);
                y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, to * Float.BYTES, value);
            }
            default -> {
                final int value = reorder.fromType() == DataType.F32
                        ? quantization.quantize(x.floatAt(from), 0, reorder.toType())
                        : x.integerAt(from);
                y.segment().set(ValueLayout.JAVA_BYTE, to, (byte) value);
            }
        }
    }

    /** The first sign of a byte clears those after it. */
    private static void setSign(final Tensor y, final long at, final int bit) {
        final int shift = (int) (at % Byte.SIZE);
        final int before = shift == 0 ? 0 : y.segment().get(ValueLayout.JAVA_BYTE, at / Byte.SIZE);
        y.segment().set(ValueLayout.JAVA_BYTE, at / Byte.SIZE, (byte) (before | bit << shift));
    }
}
