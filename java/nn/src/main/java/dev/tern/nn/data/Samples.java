package dev.tern.nn.data;

import dev.tern.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/**
 * Labelled images, or rows of numbers, one after the other in native memory that lives as long as it is reachable. They
 * are unsigned bytes, which stand for {@code byte / 255}, or floats, which stand for themselves.
 */
public final class Samples {
    /** What a byte is multiplied by. */
    public static final float BYTE_SCALE = 1 / 255f;

    private static final long ALIGNMENT = 64;

    private final ImageFormat format;
    private final DataType type;
    private final MemorySegment pixels;
    private final byte[] labels;

    private Samples(final ImageFormat format, final DataType type, final MemorySegment pixels, final byte[] labels) {
        this.format = format;
        this.type = type;
        this.pixels = pixels;
        this.labels = labels;
    }

    /** Copies both; {@code pixels} holds exactly one image for each label. */
    public static Samples of(final ImageFormat format, final byte[] pixels, final byte[] labels) {
        requireOneForEach(format, pixels.length, labels);
        return of(format, DataType.U8, MemorySegment.ofArray(pixels), labels.clone());
    }

    /** Copies both; {@code values} holds exactly one sample for each label. */
    public static Samples of(final ImageFormat format, final float[] values, final byte[] labels) {
        requireOneForEach(format, values.length, labels);
        return of(format, DataType.F32, MemorySegment.ofArray(values), labels.clone());
    }

    private static void requireOneForEach(final ImageFormat format, final int elements, final byte[] labels) {
        Objects.requireNonNull(format, "format");
        if (elements != (long) format.elements() * labels.length) {
            throw new IllegalArgumentException("pixels: %d elements for %d labels of %d each"
                    .formatted(elements, labels.length, format.elements()));
        }
    }

    private static Samples of(
            final ImageFormat format, final DataType type, final MemorySegment from, final byte[] labels) {
        return new Samples(format, type, allocate(from.byteSize()).copyFrom(from), labels);
    }

    private static MemorySegment allocate(final long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
    }

    /** All of them one after the other, at least one and all of one format and type. */
    static Samples join(final List<Samples> parts) {
        final Samples first = parts.getFirst();
        final int size = parts.stream().mapToInt(Samples::size).sum();
        final MemorySegment pixels = allocate(first.at(size));
        final byte[] labels = new byte[size];
        int from = 0;
        for (final Samples part : parts) {
            MemorySegment.copy(part.pixels, 0, pixels, first.at(from), part.pixels.byteSize());
            System.arraycopy(part.labels, 0, labels, from, part.size());
            from += part.size();
        }
        return new Samples(first.format, first.type, pixels, labels);
    }

    public int size() {
        return labels.length;
    }

    public ImageFormat format() {
        return format;
    }

    /** U8 or F32. */
    public DataType type() {
        return type;
    }

    public int label(final int index) {
        return labels[index] & 0xff;
    }

    /** The number of classes less one; -1 where there is no sample. */
    int largestLabel() {
        int largest = -1;
        for (final byte label : labels) {
            largest = Math.max(largest, label & 0xff);
        }
        return largest;
    }

    /** All elements in order, {@code size() * format().elements()}; not a copy. */
    public MemorySegment pixels() {
        return pixels;
    }

    /** What the elements of so many samples stand for. */
    public float[] reals(final int from, final int count) {
        final MemorySegment some = pixels.asSlice(at(from), at(count));
        if (type == DataType.F32) {
            return some.toArray(ValueLayout.JAVA_FLOAT);
        }
        final float[] reals = new float[Math.toIntExact(some.byteSize())];
        toFloats(some.toArray(ValueLayout.JAVA_BYTE), reals, reals.length);
        for (int i = 0; i < reals.length; i++) {
            reals[i] *= BYTE_SCALE;
        }
        return reals;
    }

    /**
     * Unsigned bytes as floats, with {@code from} used up. There is vector code for signed bytes, not for unsigned
     * ones: the top bit is flipped, which takes 128 away, and 128 is given back.
     */
    static void toFloats(final byte[] from, final float[] to, final int length) {
        for (int i = 0; i < length; i++) {
            from[i] = (byte) (from[i] ^ 0x80);
        }
        for (int i = 0; i < length; i++) {
            to[i] = from[i] + 128f;
        }
    }

    /** A view of the samples {@code from} to {@code to - 1}; the pixels are shared. */
    public Samples slice(final int from, final int to) {
        Objects.checkFromToIndex(from, to, labels.length);
        final byte[] some = new byte[to - from];
        System.arraycopy(labels, from, some, 0, some.length);
        return new Samples(format, type, pixels.asSlice(at(from), at(to) - at(from)), some);
    }

    /** A copy of the chosen samples, in the order of {@code indices}. */
    public Samples select(final int[] indices) {
        final MemorySegment chosen = allocate(at(indices.length));
        final byte[] theirs = new byte[indices.length];
        for (int i = 0; i < indices.length; i++) {
            MemorySegment.copy(pixels, at(indices[i]), chosen, at(i), at(1));
            theirs[i] = labels[indices[i]];
        }
        return new Samples(format, type, chosen, theirs);
    }

    /** These labels with other elements, which are copied. */
    Samples withPixels(final ImageFormat other, final byte[] elements) {
        return of(other, elements, labels);
    }

    Samples withPixels(final ImageFormat other, final float[] elements) {
        return of(other, elements, labels);
    }

    private long at(final int index) {
        return (long) index * type.bytes(format.elements());
    }
}
