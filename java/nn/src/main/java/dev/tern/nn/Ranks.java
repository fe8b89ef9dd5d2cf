package dev.tern.nn;

/**
 * Ranks that train together, as one of them sees them. All call the same methods in the same order, and all get the
 * same bits.
 */
public interface Ranks {
    /** The number of this rank, from 0. */
    int rank();

    int size();

    /** The sum over all, in f32. */
    double sum(double value);

    /** The vectors of all, one after the other, on the first; the others get an empty one. */
    float[] join(float[] mine);

    /** This rank's {@code length} elements of what {@link #join} made of as many vectors; all have the whole. */
    float[] own(float[] joined, int length);

    default boolean isFirst() {
        return rank() == 0;
    }

    /** Where the part of a rank begins when {@code count} things are shared; the part of {@code size()} is the end. */
    default int part(final int count, final int rank) {
        return (int) ((long) count * rank / size());
    }
}
