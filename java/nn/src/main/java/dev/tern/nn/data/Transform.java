package dev.tern.nn.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.model.Graph;
import java.util.Objects;

/**
 * How stored samples become what a network takes. Data, which goes with a trained model, since what was learnt holds
 * for inputs that are made the same way.
 *
 * <p>An image is cropped, mirrored, changed in brightness and contrast, normalized: each a function of seed, epoch and
 * sample alone. What is evaluated is only cropped, in the middle, and normalized.
 *
 * @param output what comes out: a part of the stored image, with its channels or with copies of its only one
 * @param flips whether half of the images are mirrored, left to right
 * @param brightness the most that is added to an image's reals, or taken away
 * @param contrast the most by which an image's differences from its mean grow or shrink, as a share of them
 * @param normalization by stored channel, or null
 */
public record Transform(
        ImageFormat output, boolean flips, float brightness, float contrast, Normalization normalization) {
    private static final String KEY = "transform";
    private static final ObjectMapper JSON = new ObjectMapper();

    public Transform {
        Objects.requireNonNull(output, "output");
        requireShare("brightness", brightness);
        requireShare("contrast", contrast);
    }

    private static void requireShare(final String what, final float value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(what + ": got " + value + ", allowed: 0 up to, not including, 1");
        }
    }

    /** Leaves samples of that format as they are. */
    public static Transform none(final ImageFormat format) {
        return new Transform(format, false, 0, 0, null);
    }

    /** What the graph was trained with, else {@link #fitting}. */
    public static Transform of(final Graph graph, final ImageFormat stored) {
        final String json = graph.metadata().get(KEY);
        if (json == null) {
            return fitting(graph.inputType().sample(), stored);
        }
        try {
            return JSON.readValue(json, Transform.class).requireFits(stored);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException(graph.name() + ": transform: " + e.getMessage(), e);
        }
    }

    /**
     * No change where there are as many elements, else the crop that an input's rows, columns and channels describe.
     */
    public static Transform fitting(final Shape input, final ImageFormat stored) {
        if (input.elements() == stored.elements()) {
            return none(stored);
        }
        if (input.rank() != 3) {
            throw new IllegalArgumentException(
                    "samples: got %s, allowed: %d elements".formatted(stored, input.elements()));
        }
        final ImageFormat crop = new ImageFormat(
                Math.toIntExact(input.length(0)), Math.toIntExact(input.length(1)), Math.toIntExact(input.length(2)));
        return none(crop).requireFits(stored);
    }

    public Transform withFlips() {
        return new Transform(output, true, brightness, contrast, normalization);
    }

    public Transform withJitter(final float mostBrightness, final float mostContrast) {
        return new Transform(output, flips, mostBrightness, mostContrast, normalization);
    }

    public Transform normalized(final Normalization by) {
        return new Transform(output, flips, brightness, contrast, by);
    }

    /** Refuses samples of a format that it cannot be applied to. */
    public Transform requireFits(final ImageFormat stored) {
        final boolean channels = stored.channels() == output.channels() || stored.channels() == 1;
        if (!channels || stored.rows() < output.rows() || stored.columns() < output.columns()) {
            throw new IllegalArgumentException(
                    "samples: got %s, allowed: %s, or larger, or of one channel".formatted(stored, output));
        }
        if (normalization != null && normalization.mean().size() != stored.channels()) {
            throw new IllegalArgumentException("normalization: got %d channels, allowed: %d"
                    .formatted(normalization.mean().size(), stored.channels()));
        }
        return this;
    }

    /** The graph, which says from now on how its inputs are made, unless that is what {@link #fitting} finds. */
    public Graph on(final Graph graph) {
        final boolean told = graph.metadata().containsKey(KEY);
        return told || !equals(none(output)) ? graph.withMetadata(KEY, json()) : graph;
    }

    /** One line. */
    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (final JsonProcessingException e) {
            throw new AssertionError("a record of numbers", e);
        }
    }

    /** The samples as they are evaluated. Bytes stay bytes unless they are normalized. */
    public Samples centred(final Samples samples) {
        if (output.equals(samples.format()) && normalization == null) {
            return samples;
        }
        return samples.type() == DataType.U8 && normalization == null ? bytes(samples) : floats(samples);
    }

    private Samples floats(final Samples samples) {
        final SampleReader reader = new SampleReader(samples, this, 0);
        final float[] all = new float[Math.multiplyExact(samples.size(), output.elements())];
        final byte[] bytes = new byte[reader.storedElements()];
        final float[] stored = new float[reader.storedElements()];
        final float[] one = new float[output.elements()];
        for (int i = 0; i < samples.size(); i++) {
            reader.read(i, SampleReader.CENTRED, bytes, stored, one);
            System.arraycopy(one, 0, all, i * one.length, one.length);
        }
        return samples.withPixels(output, all);
    }

    private Samples bytes(final Samples samples) {
        final SampleReader reader = new SampleReader(samples, this, 0);
        final byte[] all = new byte[Math.multiplyExact(samples.size(), output.elements())];
        final byte[] bytes = new byte[reader.storedElements()];
        final float[] stored = new float[reader.storedElements()];
        final float[] one = new float[output.elements()];
        for (int i = 0; i < samples.size(); i++) {
            reader.crop(i, SampleReader.CENTRED, bytes, stored, one);
            for (int j = 0; j < one.length; j++) {
                all[i * one.length + j] = (byte) (int) one[j];
            }
        }
        return samples.withPixels(output, all);
    }
}
