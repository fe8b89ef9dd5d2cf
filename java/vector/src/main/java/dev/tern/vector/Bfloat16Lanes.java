package dev.tern.vector;

import static dev.tern.vector.VectorWidth.HALVES;
import static dev.tern.vector.VectorWidth.INTS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;

/** bf16 in vectors: the upper halves of f32. */
final class Bfloat16Lanes {
    private Bfloat16Lanes() {}

    /** {@code to[i]} is the f32 whose upper half are bytes 2i and 2i + 1; rounded up to a whole number of vectors. */
    static void widen(final byte[] from, final int count, final float[] to, final int at) {
        for (int i = 0; i < count; i += LANES) {
            final var halves =
                    ByteVector.fromArray(HALVES, from, i * Short.BYTES).reinterpretAsShorts();
            final IntVector words = (IntVector) halves.convertShape(S2I, INTS, 0);
            words.lanewise(LSHL, Short.SIZE).reinterpretAsFloats().intoArray(to, at + i);
        }
    }
}
