package dev.tern.nn.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/** Labelled images of unsigned bytes, one after the other in native memory that lives as long as it is reachable. */
public final class Samples {
    private static final long ALIGNMENT = 64;

    private final ImageFormat format;
    private final MemorySegment pixels;
    private final byte[] labels;

    private Samples(final ImageFormat format, final MemorySegment pixels, final byte[] labels) {
        this.format = format;
        this.pixels = pixels;
        this.labels = labels;
    }

    /** Copies both; {@code pixels} holds exactly one image for each label. */
    public static Samples of(final ImageFormat format, final byte[] pixels, final byte[] labels) {
        Objects.requireNonNull(format, "format");
        if (pixels.length != (long) format.elements() * labels.length) {
            throw new IllegalArgumentException("pixels: %d bytes for %d labels of %d bytes each"
                    .formatted(pixels.length, labels.length, format.elements()));
        }
        final MemorySegment memory = allocate(pixels.length);
        MemorySegment.copy(pixels, 0, memory, ValueLayout.JAVA_BYTE, 0, pixels.length);
        return new Samples(format, memory, labels.clone());
    }

    private static MemorySegment allocate(final long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
    }

    /** All of them one after the other, at least one and all of one format. */
    static Samples join(final List<Samples> parts) {
        final ImageFormat format = parts.getFirst().format;
        final int size = parts.stream().mapToInt(Samples::size).sum();
        final MemorySegment pixels = allocate((long) size * format.elements());
        final byte[] labels = new byte[size];
        int from = 0;
        for (final Samples part : parts) {
            final long at = (long) from * format.elements();
            MemorySegment.copy(part.pixels, 0, pixels, at, part.pixels.byteSize());
            System.arraycopy(part.labels, 0, labels, from, part.size());
            from += part.size();
        }
        return new Samples(format, pixels, labels);
    }

    public int size() {
        return labels.length;
    }

    public ImageFormat format() {
        return format;
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

    /** All pixels in order, {@code size() * format().elements()} bytes; not a copy. */
    public MemorySegment pixels() {
        return pixels;
    }

    /** A view of the samples {@code from} to {@code to - 1}; the pixels are shared. */
    public Samples slice(final int from, final int to) {
        Objects.checkFromToIndex(from, to, labels.length);
        final byte[] some = new byte[to - from];
        System.arraycopy(labels, from, some, 0, some.length);
        return new Samples(format, pixels.asSlice(at(from), at(to) - at(from)), some);
    }

    /** A copy of the chosen samples, in the order of {@code indices}. */
    public Samples select(final int[] indices) {
        final MemorySegment chosen = allocate(at(indices.length));
        final byte[] theirs = new byte[indices.length];
        for (int i = 0; i < indices.length; i++) {
            MemorySegment.copy(pixels, at(indices[i]), chosen, at(i), format.elements());
            theirs[i] = labels[indices[i]];
        }
        return new Samples(format, chosen, theirs);
    }

    private long at(final int index) {
        return (long) index * format.elements();
    }
}
