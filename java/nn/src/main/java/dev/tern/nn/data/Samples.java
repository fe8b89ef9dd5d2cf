package dev.tern.nn.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
        if (pixels.length != (long) format.bytes() * labels.length) {
            throw new IllegalArgumentException("pixels: %d bytes for %d labels of %d bytes each"
                    .formatted(pixels.length, labels.length, format.bytes()));
        }
        final MemorySegment memory = allocate(pixels.length);
        MemorySegment.copy(pixels, 0, memory, ValueLayout.JAVA_BYTE, 0, pixels.length);
        return new Samples(format, memory, labels.clone());
    }

    private static MemorySegment allocate(final long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
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

    /** All pixels in order, {@code size() * format().bytes()} bytes; not a copy. */
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
            MemorySegment.copy(pixels, at(indices[i]), chosen, at(i), format.bytes());
            theirs[i] = labels[indices[i]];
        }
        return new Samples(format, chosen, theirs);
    }

    private long at(final int index) {
        return (long) index * format.bytes();
    }
}
