package dev.tern;

import java.util.Arrays;

/**
 * How integers stand for reals: {@code real = scale * (q - zeroPoint)} and {@code q = clamp(rint(real / scale) +
 * zeroPoint)}, ties to even; one pair for a tensor, one for each channel, or one for each group of neighbours along the
 * reduction of a channel.
 *
 * <p>Source: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference
 * (2018), equation 1.
 */
public final class Quantization {
    private final float[] scales; // those of a channel's groups side by side
    private final int[] zeroPoints;
    private final int groups; // of a channel
    private final int groupLength; // 0 where a channel is one group, however long

    private Quantization(final float[] scales, final int[] zeroPoints) {
        this(scales, zeroPoints, 1, 0);
    }

    private Quantization(final float[] scales, final int[] zeroPoints, final int groups, final int groupLength) {
        this.groups = groups;
        this.groupLength = groupLength;
        this.scales = scales;
        this.zeroPoints = zeroPoints;
        Require.that(scales.length > 0, "scales", "none", "at least one");
        Require.that(zeroPoints.length == scales.length, "zeroPoints", zeroPoints.length, scales.length + " of them");
        for (final float scale : scales) {
            Require.that(scale > 0 && scale < Float.POSITIVE_INFINITY, "scale", scale, "a positive finite number");
        }
    }

    /** One scale and zero point for all elements. */
    public static Quantization perTensor(final float scale, final int zeroPoint) {
        return new Quantization(new float[] {scale}, new int[] {zeroPoint});
    }

    /** One scale for all elements, zero at 0. */
    public static Quantization symmetric(final float scale) {
        return perTensor(scale, 0);
    }

    /** One scale for each channel, zero at 0. */
    public static Quantization perChannel(final float... scales) {
        return perChannel(scales, new int[scales.length]);
    }

    public static Quantization perChannel(final float[] scales, final int[] zeroPoints) {
        return new Quantization(
                Require.notNull(scales, "scales").clone(),
                Require.notNull(zeroPoints, "zeroPoints").clone());
    }

    /** One scale for each group of {@code length} terms of each channel, as [channels][groups], zeros at 0. */
    public static Quantization perGroup(final int length, final float[][] scales) {
        Require.notNull(scales, "scales");
        return perGroup(
                length,
                scales,
                Arrays.stream(scales).map(channel -> new int[channel.length]).toArray(int[][]::new));
    }

    /** One scale and zero point for each group of {@code length} terms of each channel, as [channels][groups]. */
    public static Quantization perGroup(final int length, final float[][] scales, final int[][] zeroPoints) {
        Require.that(length == 32 || length == 64 || length == 128, "group", length, "32, 64 or 128 terms");
        Require.notNull(scales, "scales");
        Require.notNull(zeroPoints, "zeroPoints");
        final int channels = scales.length;
        final int groups = channels == 0 ? 0 : scales[0].length;
        Require.that(zeroPoints.length == channels, "zeroPoints", zeroPoints.length + " channels", channels + "");
        final float[] flatScales = new float[channels * groups];
        final int[] flatZeros = new int[channels * groups];
        for (int c = 0; c < channels; c++) {
            Require.that(scales[c].length == groups, "scales", scales[c].length + " in channel " + c, groups + "");
            Require.that(zeroPoints[c].length == groups, "zeroPoints", zeroPoints[c].length + " in " + c, groups + "");
            System.arraycopy(scales[c], 0, flatScales, c * groups, groups);
            System.arraycopy(zeroPoints[c], 0, flatZeros, c * groups, groups);
        }
        return new Quantization(flatScales, flatZeros, groups, length);
    }

    /**
     * The min-max affine form: {@code [min, max]}, widened to hold 0, over the {@code 2^bits - 1} steps of the type.
     */
    public static Quantization affine(final float min, final float max, final DataType type) {
        Require.that(min <= max, "min, max", min + ", " + max, "min <= max");
        final float low = Math.min(min, 0);
        final float high = Math.max(max, 0);
        final float scale = high > low ? (float) (((double) high - low) / (type.max() - type.min())) : 1;
        final double zero = Math.rint(-low / (double) scale) + type.min();
        return perTensor(scale, (int) Math.clamp(zero, type.min(), type.max()));
    }

    public boolean isPerChannel() {
        return scales.length > 1;
    }

    public boolean isPerGroup() {
        return groupLength > 0;
    }

    public int channels() {
        return scales.length / groups;
    }

    /** Groups of each channel: 1, unless there is more than one scale for a channel. */
    public int groups() {
        return groups;
    }

    /** Terms of a group, of which the last may have fewer; 0 where a channel is one group. */
    public int groupLength() {
        return groupLength;
    }

    /** The scale of a channel, of its first group; any channel where there is one scale for all. */
    public float scale(final int channel) {
        return scale(channel, 0);
    }

    public float scale(final int channel, final int group) {
        return scales[index(channel, group)];
    }

    public int zeroPoint(final int channel) {
        return zeroPoint(channel, 0);
    }

    public int zeroPoint(final int channel, final int group) {
        return zeroPoints[index(channel, group)];
    }

    /** That of the channels {@code [from, to)} alone. */
    Quantization channels(final int from, final int to) {
        return channels() == 1
                ? this
                : new Quantization(
                        Arrays.copyOfRange(scales, from * groups, to * groups),
                        Arrays.copyOfRange(zeroPoints, from * groups, to * groups),
                        groups,
                        groupLength);
    }

    private int index(final int channel, final int group) {
        return scales.length == 1 ? 0 : channel * groups + group;
    }

    /** True where every zero point is 0. */
    public boolean isSymmetric() {
        return Arrays.stream(zeroPoints).allMatch(z -> z == 0);
    }

    /**
     * The nearest integer of {@code type} that stands for {@code real}: rint of the quotient in f32, as ONNX
     * QuantizeLinear has it, clamped. A NaN becomes the zero point.
     */
    public int quantize(final float real, final int channel, final DataType type) {
        final double quotient = Float.isNaN(real) ? 0 : Math.rint((double) (real / scale(channel)));
        return (int) Math.clamp(quotient + zeroPoint(channel), type.min(), type.max());
    }

    public float dequantize(final int q, final int channel) {
        return scale(channel) * (q - zeroPoint(channel));
    }

    /** Refuses zero points that the type cannot hold. */
    void requireWithin(final DataType type, final String argument) {
        for (final int zero : zeroPoints) {
            Require.that(zero >= type.min() && zero <= type.max(), argument + " zeroPoint", zero, "a value of " + type);
        }
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Quantization q
                && Arrays.equals(scales, q.scales)
                && Arrays.equals(zeroPoints, q.zeroPoints)
                && groupLength == q.groupLength;
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(scales) + Arrays.hashCode(zeroPoints);
    }

    @Override
    public String toString() {
        if (isPerGroup()) {
            return channels() + " channels in groups of " + groupLength;
        }
        return isPerChannel() ? scales.length + " channels" : "scale " + scales[0] + " zero " + zeroPoints[0];
    }
}
