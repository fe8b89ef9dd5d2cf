package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Quantization;
import java.util.Objects;

/**
 * In which numbers a value is held.
 *
 * @param quantization what the integers stand for; null where the elements are the numbers themselves
 */
public record Precision(DataType type, Quantization quantization) {
    public static final Precision F32 = new Precision(DataType.F32, null);

    public Precision {
        Objects.requireNonNull(type, "type");
        if (type.isInteger() != (quantization != null)) {
            throw new IllegalArgumentException(
                    "%s with quantization %s; integers have one, floats have none".formatted(type, quantization));
        }
        if (quantization != null) {
            requireZeroPointsWithin(type, quantization);
        }
    }

    private static void requireZeroPointsWithin(final DataType type, final Quantization quantization) {
        for (int channel = 0; channel < quantization.channels(); channel++) {
            final int zero = quantization.zeroPoint(channel);
            if (zero < type.min() || zero > type.max()) {
                throw new IllegalArgumentException("zero point %d of channel %d; %s holds %d to %d"
                        .formatted(zero, channel, type, type.min(), type.max()));
            }
        }
    }

    /** Unsigned bytes with one scale and zero point. */
    public static Precision u8(final float scale, final int zeroPoint) {
        return new Precision(DataType.U8, Quantization.perTensor(scale, zeroPoint));
    }

    public boolean isQuantized() {
        return quantization != null;
    }

    @Override
    public String toString() {
        return quantization == null ? type.toString() : type + "(" + quantization + ")";
    }
}
