package dev.tern.nn.data;

import dev.tern.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads samples one at a time through a {@link Transform}, in loops over plain arrays. For any number of threads. */
public final class SampleReader {
    /** Where nothing is drawn; epochs count from 1. */
    public static final int CENTRED = 0;

    private static final int TOP = 1;
    private static final int LEFT = 2;
    private static final int FLIP = 3;
    private static final int BRIGHTNESS = 4;
    private static final int CONTRAST = 5;
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final Samples samples;
    private final Transform transform;
    private final long seed;
    private final ImageFormat stored;
    private final ImageFormat output;
    private final int[] straight;
    private final int[] mirrored;
    private final boolean copiesRows;
    private final float scale;
    private final float[] perDeviation;
    private final float[] shift;

    public SampleReader(final Samples samples, final Transform transform, final long seed) {
        this.samples = samples;
        this.transform = transform.requireFits(samples.format());
        this.seed = seed;
        stored = samples.format();
        output = transform.output();
        straight = places(false);
        mirrored = places(true);
        copiesRows = stored.channels() == output.channels();
        scale = samples.type() == DataType.U8 ? Samples.BYTE_SCALE : 1;
        perDeviation = new float[output.elements()];
        shift = new float[output.elements()];
        for (int i = 0; i < perDeviation.length; i++) {
            final int channel = channel(i);
            final Normalization by = transform.normalization();
            perDeviation[i] = by == null ? 1 : 1 / by.deviation().get(channel);
            shift[i] = by == null ? 0 : -by.mean().get(channel) * perDeviation[i];
        }
    }

    /** For each element of a row that comes out, the place of its origin in the crop's row as stored. */
    private int[] places(final boolean flipped) {
        final int[] places = new int[output.columns() * output.channels()];
        for (int i = 0; i < places.length; i++) {
            final int column = i / output.channels();
            final int from = flipped ? output.columns() - 1 - column : column;
            places[i] = from * stored.channels() + channel(i);
        }
        return places;
    }

    private int channel(final int element) {
        return stored.channels() == 1 ? 0 : element % output.channels();
    }

    /** Elements of the crop as stored, for which the scratch of {@link #read} has room. */
    public int storedElements() {
        return output.rows() * output.columns() * stored.channels();
    }

    /** Puts what a network takes into {@code to}, one float for each element that comes out. */
    public void read(final int index, final int epoch, final byte[] bytes, final float[] cropped, final float[] to) {
        crop(index, epoch, bytes, cropped, to);
        final long key = key(index, epoch);
        final boolean drawn = epoch != CENTRED;
        final float contrast = drawn ? transform.contrast() * signed(key, CONTRAST) : 0;
        final float brightness = drawn ? transform.brightness() * signed(key, BRIGHTNESS) : 0;
        final float mean = contrast == 0 ? 0 : mean(to, output.elements()) * scale;
        finish(to, scale * (1 + contrast), brightness - mean * contrast, perDeviation, shift);
    }

    /** {@code (x * gain + offset) / deviation - mean / deviation}. */
    private static void finish(
            final float[] x, final float gain, final float offset, final float[] perDeviation, final float[] shift) {
        for (int i = 0; i < perDeviation.length; i++) {
            x[i] = (x[i] * gain + offset) * perDeviation[i] + shift[i];
        }
    }

    private static float mean(final float[] x, final int count) {
        float sum0 = 0; // four chains of additions, since each waits for the one before
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        final int whole = count & -4;
        for (int i = 0; i < whole; i += 4) {
            sum0 += x[i];
            sum1 += x[i + 1];
            sum2 += x[i + 2];
            sum3 += x[i + 3];
        }
        for (int i = whole; i < count; i++) {
            sum0 += x[i];
        }
        return (sum0 + sum1 + sum2 + sum3) / count;
    }

    /** The crop, mirrored or not and with its channels copied, as it is stored: bytes as 0 to 255. */
    void crop(final int index, final int epoch, final byte[] bytes, final float[] cropped, final float[] to) {
        final boolean drawn = epoch != CENTRED;
        final long key = key(index, epoch);
        final int spareRows = stored.rows() - output.rows();
        final int spareColumns = stored.columns() - output.columns();
        final int top = drawn ? below(spareRows + 1, key, TOP) : spareRows / 2;
        final int left = drawn ? below(spareColumns + 1, key, LEFT) : spareColumns / 2;
        final boolean flip = drawn && transform.flips() && below(2, key, FLIP) == 1;
        if (copiesRows && !flip) {
            copyCrop(index, top, left, bytes, to);
        } else {
            copyCrop(index, top, left, bytes, cropped);
            arrange(cropped, storedElements() / output.rows(), flip ? mirrored : straight, to, output.rows());
        }
    }

    private void copyCrop(final int index, final int top, final int left, final byte[] bytes, final float[] to) {
        final int first = (top * stored.columns() + left) * stored.channels();
        if (output.columns() == stored.columns()) {
            copy(index, first, storedElements(), bytes, to, 0);
        } else {
            final int length = output.columns() * stored.channels();
            for (int row = 0; row < output.rows(); row++) {
                copy(index, first + row * stored.columns() * stored.channels(), length, bytes, to, row * length);
            }
        }
        if (samples.type() == DataType.U8) {
            Samples.toFloats(bytes, to, storedElements());
        }
    }

    /** Elements from the {@code from}-th of a sample on: bytes to {@code bytes}, floats to {@code reals}. */
    private void copy(
            final int index, final int from, final int count, final byte[] bytes, final float[] reals, final int at) {
        final MemorySegment pixels = samples.pixels();
        final long element = (long) index * stored.elements() + from;
        if (samples.type() == DataType.U8) {
            MemorySegment.copy(pixels, ValueLayout.JAVA_BYTE, element, bytes, at, count);
        } else {
            MemorySegment.copy(pixels, ValueLayout.JAVA_FLOAT, element * Float.BYTES, reals, at, count);
        }
    }

    private static void arrange(
            final float[] from, final int stride, final int[] places, final float[] to, final int rows) {
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < places.length; i++) {
                to[row * places.length + i] = from[row * stride + places[i]];
            }
        }
    }

    private long key(final int index, final int epoch) {
        return mix(mix(seed + GOLDEN_RATIO * epoch) + GOLDEN_RATIO * index);
    }

    /** Evenly among 0 to {@code bound - 1}. */
    private static int below(final int bound, final long key, final int what) {
        return (int) ((mix(key + GOLDEN_RATIO * what) >>> 32) * bound >>> 32);
    }

    /** Evenly from -1 up to, not including, 1. */
    private static float signed(final long key, final int what) {
        return (mix(key + GOLDEN_RATIO * what) >> 40) * 0x1p-23f;
    }

    /** The finisher of SplitMix64 (Steele, Lea, Flood), which makes independent draws of counters. */
    private static long mix(final long counter) {
        long bits = (counter ^ counter >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }
}
