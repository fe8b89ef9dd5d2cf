package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Operation;
import dev.tern.Tensor;
import java.util.random.RandomGenerator;

/**
 * A GEMM with operands to run it on.
 *
 * @param rows m
 * @param gap elements between the end of a row and the start of the next
 * @param values what the operands hold
 * @param place where the tensors live
 */
public record GemmCase(Gemm gemm, int rows, int gap, Values values, Place place) implements OperationCase {
    /** What fills the operands of integer types; others are random in [-1, 1). */
    public enum Values {
        RANDOM,
        ALL_MIN,
        ALL_MAX,
        MIXED_EXTREMES;

        float draw(final DataType type, final RandomGenerator random) {
            if (type.bits() > 8) {
                return type.isInteger() ? random.nextInt(-1000, 1000) : random.nextFloat(-1, 1);
            }
            return switch (this) {
                case RANDOM -> type == DataType.B1 ? sign(random) : random.nextInt(type.min(), type.max() + 1);
                case ALL_MIN -> type.min();
                case ALL_MAX -> type.max();
                case MIXED_EXTREMES -> random.nextBoolean() ? type.min() : type.max();
            };
        }

        private static int sign(final RandomGenerator random) {
            return random.nextBoolean() ? 1 : -1;
        }
    }

    /** Where tensors live. */
    public enum Place {
        NATIVE,
        HEAP,
        UNALIGNED
    }

    @Override
    public Operation operation() {
        return gemm;
    }

    @Override
    public Tensor canonicalWeights() {
        return filled(gemm.weights(), 4);
    }

    /** Scales of rows are not negative. */
    @Override
    public Tensor b() {
        final Tensor b = OperationCase.super.b();
        return gemm.scalesRows() ? Strided.magnitudes(b) : b;
    }

    @Override
    public String toString() {
        return gemm.signature() + " m" + rows + " gap" + gap + " " + values + " " + place + epilogue(gemm);
    }

    static String epilogue(final Gemm gemm) {
        return (gemm.clamps() ? " clamp" : "")
                + (gemm.floatBias() != null || gemm.intBias() != null ? " bias" : "")
                + (gemm.isQuantized() ? " a(" + gemm.aQuantization() + ") b(" + gemm.bQuantization() + ")" : "");
    }
}
