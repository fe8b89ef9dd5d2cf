package dev.tern;

import java.util.Arrays;

/**
 * {@code y[m, n] = epilogue(sum_k a[m, k] * b[k, n])}, for any number m of rows.
 *
 * <pre>
 * f32   y = clamp(sum + bias) [+ y]
 * bf16  as f32: products are exact in f32, in which they are summed; y is F32
 * int8  acc = sum (a - za) * (b - zb) + bias                 modulo 2^32
 *       S32     y = acc [+ y]
 *       F32     y = clamp((float) acc * (sa * sb) [* rows[m]]) [+ y]
 *       S8, U8  y = clamp(rint((float) acc * (sa * sb / sy)) + zy)
 * S4, S2 weights  as int8, for k of at most 65,536
 * B1    acc = sum a * b + bias, each a and b -1 or +1; then as int8
 * int8 a with B1 weights  as int8
 *
 * f32 a with S8, S4, S2 or B1 weights, scales and zero points of b per column or per group of k
 *       w = sb * (b - zb), rounded to f32
 *       y = clamp(sum a * w + bias) [+ y]
 * int8 a with S8, S4 or S2 weights, scales and zero points of b per group of k
 *       r = the sum over groups of (float) (sum in the group of (a - za) * (b - zb)) * sb
 *       y = clamp(r * sa + bias) [+ y], in f32
 * </pre>
 *
 * <p>The clamp is in the float domain; ReLU is its lower bound. [+ y] is {@link #accumulate()}, beta = 1; otherwise y
 * is never read. A sum of full-range products can wrap from {@code k > 66,051} on (255 · 127 · k ≥ 2^31). Immutable:
 * each setter returns a changed copy.
 *
 * <p>Scales per group: r starts from 0 and takes the groups in the order of k; every product and sum of it is rounded
 * to f32, none is fused, so that all backends agree bit for bit. The sum in a group is exact. f32 sums, those with w
 * among them, are within {@code (k + 3) u / (1 - (k + 3) u) * (sum |a w| + |bias| + |y|)} of the exact ones, u = 2^-24,
 * in whatever order they are taken; beside BF16 a kernel may take operands and sums below 2^-126 for 0. Ternary weights
 * are S2 of -1, 0 and 1.
 *
 * <p>With signs on both sides (B1), b's scale is XNOR-Net's alpha, one for each column or one for all, and the scales
 * of rows ({@link #scaleRows}) are its K, the means of the magnitudes that each row's signs came from: Rastegari et
 * al., XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks (2016), equations 5 and 11. Of
 * bytes, scales of rows are those of activations that were quantized row by row.
 */
public final class Gemm implements Operation {
    private final int n;
    private final int k;
    private final Layout layout;
    private final DataType aType;
    private final DataType bType;
    private final DataType yType;
    private final Quantization aQuantization;
    private final Quantization bQuantization;
    private final Quantization yQuantization;
    private final float[] floatBias;
    private final int[] intBias;
    private final float min;
    private final float max;
    private final boolean accumulates;
    private final boolean scalesRows;

    private Gemm(final Builder from) {
        n = from.n;
        k = from.k;
        layout = from.layout;
        aType = from.aType;
        bType = from.bType;
        yType = from.yType;
        aQuantization = from.aQuantization;
        bQuantization = from.bQuantization;
        yQuantization = from.yQuantization;
        floatBias = from.floatBias;
        intBias = from.intBias;
        min = from.min;
        max = from.max;
        accumulates = from.accumulates;
        scalesRows = from.scalesRows;
        GemmRules.check(this);
    }

    /** An f32 GEMM with k terms in each sum and n columns, b as [k, n]. */
    public static Gemm of(final int n, final int k) {
        return new Gemm(new Builder(n, k));
    }

    /** The same for the columns {@code [from, to)} alone. */
    public Gemm columns(final int from, final int to) {
        Require.that(0 <= from && from < to && to <= n, "from, to", from + ", " + to, "0 <= from < to <= " + n);
        final Builder builder = new Builder(this, to - from, k);
        builder.bQuantization = bQuantization.channels(from, to);
        builder.floatBias = floatBias == null ? null : Arrays.copyOfRange(floatBias, from, to);
        builder.intBias = intBias == null ? null : Arrays.copyOfRange(intBias, from, to);
        return new Gemm(builder);
    }

    /** The same with another number of terms. */
    Gemm withTerms(final int terms) {
        return new Gemm(new Builder(this, n, terms));
    }

    /** Signs, B1, are packed along k: with them the layout becomes NT. */
    public Gemm types(final DataType a, final DataType b, final DataType y) {
        final Builder builder = new Builder(this);
        builder.layout = b == DataType.B1 ? Layout.NT : layout;
        builder.aType = Require.notNull(a, "a type");
        builder.bType = Require.notNull(b, "b type");
        builder.yType = Require.notNull(y, "y type");
        return new Gemm(builder);
    }

    public Gemm layout(final Layout value) {
        final Builder builder = new Builder(this);
        builder.layout = Require.notNull(value, "layout");
        return new Gemm(builder);
    }

    /** Scales and zero points of integer weights beside f32 activations. */
    public Gemm quantization(final Quantization b) {
        return quantization(aQuantization, b);
    }

    /**
     * Scales and zero points of integer operands, for outputs S32 and F32; b's may be one for each of the n columns,
     * or, for F32, for each group of k in each column.
     */
    public Gemm quantization(final Quantization a, final Quantization b) {
        return quantization(a, b, yQuantization);
    }

    /** Scales and zero points of integer operands and of an 8-bit output. */
    public Gemm quantization(final Quantization a, final Quantization b, final Quantization y) {
        final Builder builder = new Builder(this);
        builder.aQuantization = Require.notNull(a, "a quantization");
        builder.bQuantization = Require.notNull(b, "b quantization");
        builder.yQuantization = Require.notNull(y, "y quantization");
        return new Gemm(builder);
    }

    /** n values added to f32 sums. */
    public Gemm bias(final float... values) {
        final Builder builder = new Builder(this);
        builder.floatBias = Require.notNull(values, "bias").clone();
        builder.intBias = null;
        return new Gemm(builder);
    }

    /** n values added to integer sums, in units of {@code sa * sb}. */
    public Gemm bias(final int... values) {
        final Builder builder = new Builder(this);
        builder.intBias = Require.notNull(values, "bias").clone();
        builder.floatBias = null;
        return new Gemm(builder);
    }

    public Gemm relu() {
        return clamp(0, Float.POSITIVE_INFINITY);
    }

    /** Bounds of the output, as reals. */
    public Gemm clamp(final float low, final float high) {
        Require.that(low <= high, "clamp", low + " to " + high, "low <= high");
        final Builder builder = new Builder(this);
        builder.min = low;
        builder.max = high;
        return new Gemm(builder);
    }

    /** Beta = 1: adds to what y holds. For outputs S32 and F32 without a clamp. */
    public Gemm accumulate() {
        final Builder builder = new Builder(this);
        builder.accumulates = true;
        return new Gemm(builder);
    }

    /**
     * Each run brings a scale for every row of a: for integers with an F32 output and packed weights. It is handed in
     * as the second operand, of shape [rows] and F32; none is negative.
     */
    public Gemm scaleRows() {
        final Builder builder = new Builder(this);
        builder.scalesRows = true;
        return new Gemm(builder);
    }

    public int n() {
        return n;
    }

    public int k() {
        return k;
    }

    public Layout layout() {
        return layout;
    }

    public DataType aType() {
        return aType;
    }

    public DataType bType() {
        return bType;
    }

    public DataType yType() {
        return yType;
    }

    /** Whether products are summed as integers. */
    public boolean isQuantized() {
        return aType.isInteger();
    }

    /**
     * Whether scales of weights come into the sums, which then are of floats: with f32 activations, and with a scale
     * for each group of k.
     */
    public boolean scalesWeights() {
        return bType.isInteger() && (!isQuantized() || bQuantization.isPerGroup());
    }

    /** Terms that share a scale of a column: k, unless there is one for each group. */
    public int groupLength() {
        return bQuantization.isPerGroup() ? bQuantization.groupLength() : k;
    }

    public Quantization aQuantization() {
        return aQuantization;
    }

    public Quantization bQuantization() {
        return bQuantization;
    }

    public Quantization yQuantization() {
        return yQuantization;
    }

    /** The bias of f32 sums, or null. */
    public float[] floatBias() {
        return floatBias == null ? null : floatBias.clone();
    }

    /** The bias of integer sums, or null. */
    public int[] intBias() {
        return intBias == null ? null : intBias.clone();
    }

    public boolean accumulates() {
        return accumulates;
    }

    public boolean scalesRows() {
        return scalesRows;
    }

    public boolean clamps() {
        return min != Float.NEGATIVE_INFINITY || max != Float.POSITIVE_INFINITY;
    }

    /** Lower bound in the output's own numbers: a real for F32, a quantized value for S8 and U8. */
    public float yMin() {
        return yType.isByte() ? quantizedBound(min) : min;
    }

    /** Upper bound in the output's own numbers. */
    public float yMax() {
        return yType.isByte() ? quantizedBound(max) : max;
    }

    private float quantizedBound(final float real) {
        return yQuantization.quantize(real, 0, yType);
    }

    /** What an integer sum of column {@code n} is multiplied by: {@code sa * sb}, over sy for an 8-bit output. */
    public float multiplier(final int column) {
        final double product = (double) aQuantization.scale(0) * bQuantization.scale(column);
        return (float) (yType.isByte() ? product / yQuantization.scale(0) : product);
    }

    /** The three types, such as {@code u8s8f32}. */
    String typeWord() {
        return (aType + "" + bType + yType).toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public String signature() {
        return String.join(
                        " ",
                        "gemm",
                        typeWord(),
                        layout.name().toLowerCase(java.util.Locale.ROOT),
                        "n" + n,
                        "k" + k,
                        accumulates ? "beta1" : "beta0")
                + (bQuantization.isPerGroup() ? " g" + groupLength() : "")
                + (scalesRows ? " rows" : "");
    }

    @Override
    public long rows(final Tensor a, final Tensor y) {
        return y.length(0);
    }

    @Override
    public TensorType a(final long rows) {
        return new TensorType(aType, layout.transposesA() ? Shape.of(k, rows) : Shape.of(rows, k));
    }

    @Override
    public boolean takesB(final boolean packed) {
        return scalesRows || !packed;
    }

    @Override
    public boolean requiresPacking() {
        return scalesRows;
    }

    /** Weights, or the scales of the rows. */
    @Override
    public TensorType b(final long rows) {
        return scalesRows ? new TensorType(DataType.F32, Shape.of(rows)) : weights();
    }

    /** What is packed: b of a product without scales of rows. */
    public TensorType weights() {
        return new TensorType(bType, layout.transposesB() ? Shape.of(n, k) : Shape.of(k, n));
    }

    @Override
    public TensorType y(final long rows) {
        return new TensorType(yType, Shape.of(rows, n));
    }

    @Override
    public long operations(final long rows) {
        return 2 * rows * n * k;
    }

    @Override
    public void checkWeights(final Tensor weights) {
        GemmRules.checkB(this, Require.notNull(weights, "weights"), "weights");
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        GemmRules.checkRun(this, a, b, y);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Gemm gemm
                && signature().equals(gemm.signature())
                && aQuantization.equals(gemm.aQuantization)
                && bQuantization.equals(gemm.bQuantization)
                && yQuantization.equals(gemm.yQuantization)
                && Arrays.equals(floatBias, gemm.floatBias)
                && Arrays.equals(intBias, gemm.intBias)
                && min == gemm.min
                && max == gemm.max;
    }

    @Override
    public int hashCode() {
        return signature().hashCode() + 31 * Arrays.hashCode(floatBias) + 37 * Arrays.hashCode(intBias);
    }

    @Override
    public String toString() {
        return signature();
    }

    /** The fields of a Gemm while one of them changes. */
    private static final class Builder {
        private final int n;
        private final int k;
        private Layout layout = Layout.NN;
        private DataType aType = DataType.F32;
        private DataType bType = DataType.F32;
        private DataType yType = DataType.F32;
        private Quantization aQuantization = Quantization.symmetric(1);
        private Quantization bQuantization = Quantization.symmetric(1);
        private Quantization yQuantization = Quantization.symmetric(1);
        private float[] floatBias;
        private int[] intBias;
        private float min = Float.NEGATIVE_INFINITY;
        private float max = Float.POSITIVE_INFINITY;
        private boolean accumulates;
        private boolean scalesRows;

        Builder(final int n, final int k) {
            this.n = n;
            this.k = k;
        }

        Builder(final Gemm gemm) {
            this(gemm, gemm.n, gemm.k);
        }

        Builder(final Gemm gemm, final int n, final int k) {
            this(n, k);
            layout = gemm.layout;
            aType = gemm.aType;
            bType = gemm.bType;
            yType = gemm.yType;
            aQuantization = gemm.aQuantization;
            bQuantization = gemm.bQuantization;
            yQuantization = gemm.yQuantization;
            floatBias = gemm.floatBias;
            intBias = gemm.intBias;
            min = gemm.min;
            max = gemm.max;
            accumulates = gemm.accumulates;
            scalesRows = gemm.scalesRows;
        }
    }
}
