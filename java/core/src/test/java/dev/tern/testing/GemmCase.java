package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A GEMM with operands to run it on.
 *
 * @param rows m
 * @param gap elements between the end of a row and the start of the next
 * @param values what the operands hold
 * @param place where the tensors live
 */
public record GemmCase(Gemm gemm, int rows, int gap, Values values, Place place) {
    private static final long SEED = 20_260_101;

    /** What fills the operands of integer types; f32 operands are random in [-1, 1). */
    public enum Values {
        RANDOM,
        ALL_MIN,
        ALL_MAX,
        MIXED_EXTREMES
    }

    /** Where tensors live. */
    public enum Place {
        NATIVE,
        HEAP,
        UNALIGNED
    }

    public Tensor a() {
        final boolean transposed = gemm.layout().transposesA();
        final Shape shape = transposed ? Shape.of(gemm.k(), rows) : Shape.of(rows, gemm.k());
        return filled(gemm.aType(), shape, 1);
    }

    public Tensor b() {
        final boolean transposed = gemm.layout().transposesB();
        final Shape shape = transposed ? Shape.of(gemm.n(), gemm.k()) : Shape.of(gemm.k(), gemm.n());
        return filled(gemm.bType(), shape, 2);
    }

    /** The output, filled with values that must survive between its rows, and be added to under accumulate. */
    public Tensor y() {
        return filled(gemm.yType(), Shape.of(rows, gemm.n()), 3);
    }

    private Tensor filled(final DataType type, final Shape shape, final int stream) {
        final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + stream);
        final Tensor tensor = Strided.allocate(type, shape, gap, place);
        final MemorySegment memory = tensor.segment();
        final long elements = memory.byteSize() * 8 / type.bits();
        for (long i = 0; i < elements; i++) {
            Strided.set(memory, type, i, value(type, random));
        }
        return tensor;
    }

    private float value(final DataType type, final RandomGenerator random) {
        if (type.bits() > 8) {
            return type == DataType.F32 ? random.nextFloat(-1, 1) : random.nextInt(-1000, 1000);
        }
        return switch (values) {
            case RANDOM -> type == DataType.B1 ? sign(random) : random.nextInt(type.min(), type.max() + 1);
            case ALL_MIN -> type.min();
            case ALL_MAX -> type.max();
            case MIXED_EXTREMES -> random.nextBoolean() ? type.min() : type.max();
        };
    }

    private static int sign(final RandomGenerator random) {
        return random.nextBoolean() ? 1 : -1;
    }

    @Override
    public String toString() {
        return gemm.signature() + " m" + rows + " gap" + gap + " " + values + " " + place
                + (gemm.clamps() ? " clamp" : "")
                + (gemm.floatBias() != null || gemm.intBias() != null ? " bias" : "")
                + (gemm.isQuantized() ? " a(" + gemm.aQuantization() + ") b(" + gemm.bQuantization() + ")" : "");
    }
}
