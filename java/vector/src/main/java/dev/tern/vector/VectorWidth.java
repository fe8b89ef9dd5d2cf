package dev.tern.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** The width that all kernels of this process are compiled for, and the register tile that suits it. */
final class VectorWidth {
    /** For tests: 512, 256 or 128 in place of the machine's own. */
    static final String PROPERTY = "tern.vector.bits";

    private static final int MACHINE_BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    private static final int ASKED_BITS = Integer.getInteger(PROPERTY, Math.min(MACHINE_BITS, 512));

    /** 512, 256 or 128. */
    static final int BITS = ASKED_BITS >= 512 ? 512 : ASKED_BITS >= 256 ? 256 : 128;

    static final VectorSpecies<Float> FLOATS =
            pick(FloatVector.SPECIES_512, FloatVector.SPECIES_256, FloatVector.SPECIES_128);

    static final VectorSpecies<Integer> INTS =
            pick(IntVector.SPECIES_512, IntVector.SPECIES_256, IntVector.SPECIES_128);

    /** As many bytes as there are floats in a vector; at 128 bit twice as many, there being nothing shorter. */
    static final VectorSpecies<Byte> BYTES = pick(ByteVector.SPECIES_128, ByteVector.SPECIES_64, ByteVector.SPECIES_64);

    /** As many pairs of bytes as there are floats in a vector. */
    static final VectorSpecies<Byte> HALVES =
            pick(ByteVector.SPECIES_256, ByteVector.SPECIES_128, ByteVector.SPECIES_64);

    /** Bytes that fill a vector. */
    static final VectorSpecies<Byte> WIDE_BYTES =
            pick(ByteVector.SPECIES_512, ByteVector.SPECIES_256, ByteVector.SPECIES_128);

    /** As many floats as a tile has rows. */
    static final VectorSpecies<Float> TILE_COLUMN =
            pick(FloatVector.SPECIES_256, FloatVector.SPECIES_128, FloatVector.SPECIES_128);

    /** Floats in a vector. */
    static final int LANES = BITS / Float.SIZE;

    /**
     * Rows of the widest tile: times two vectors they are 16 accumulators of the 32 registers of AVX-512, and 8 of the
     * 16 of AVX2 (NEON has 32), as many as keep two FMA units with a latency of four busy.
     */
    static final int ROWS = pick(8, 4, 4);

    /** Columns of every tile: two vectors. */
    static final int COLUMNS = 2 * LANES;

    private VectorWidth() {}

    /** Why no kernel can run at this width, or an empty string. */
    static String refusal() {
        if (BITS != ASKED_BITS) {
            return PROPERTY + ": got " + ASKED_BITS + ", allowed: 512, 256 or 128";
        }
        return BITS > MACHINE_BITS
                ? "vectors of " + BITS + " bits: this JVM has " + MACHINE_BITS + " bits on this processor"
                : "";
    }

    private static <T> T pick(final T at512, final T at256, final T at128) {
        return BITS == 512 ? at512 : BITS == 256 ? at256 : at128;
    }
}
