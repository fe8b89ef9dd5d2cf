package dev.tern;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * A layer of long short-term memory over any number of steps, with gates in PyTorch's order: input, forget, candidate,
 * output.
 *
 * <pre>
 * z    = W x[t] + R h[t-1] + bias                                  four parts of hidden rows: i, f, g, o
 * c[t] = sigmoid(z_f) * c[t-1] + sigmoid(z_i) * tanh(z_g)
 * h[t] = sigmoid(z_o) * tanh(c[t])
 * </pre>
 *
 * <p>x is [steps, batch, inputs], y is h of each step, [steps, batch, hidden], F32. The weights are one matrix [4 *
 * hidden, inputs + hidden], W then R side by side, and have to be packed. With {@link #stateful} each run brings the
 * state [2, batch, hidden], h then c, as b: it starts there, and the state after the last step is left there. Otherwise
 * it starts from zeros.
 *
 * <p>With {@link #quantization} x is U8 or S8 and the weights S8, with a scale for each row or for all. The products
 * are those of a {@link Gemm}: h is multiplied as S8, {@code rint(127 h)}, sums are exact, and each becomes F32 by its
 * multiplier before {@code (R h + W x) + bias}. The gates are always computed in F32, within the error of sigmoid and
 * tanh that docs/kernels.md states; by the same sums, products and quotients on every backend but the reference, so
 * that quantized layers give the same bits on all of them.
 *
 * <p>{@link #training} is it as training runs it, with its gradient.
 *
 * <p>Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997), with the forget gate of Gers et al. (2000).
 */
public final class Lstm implements Operation {
    /** Steps on each side of 0 by which h is multiplied where weights are integers. */
    public static final int H_STEPS = 127;

    private static final long USUAL_STEPS = 16; // of a run that is measured, or estimated

    private final int inputs;
    private final int hidden;
    private final Gemm input;
    private final Gemm recurrent;
    private final float[] bias;
    private final boolean stateful;

    private Lstm(
            final int inputs,
            final int hidden,
            final Gemm input,
            final Gemm recurrent,
            final float[] bias,
            final boolean stateful) {
        this.inputs = inputs;
        this.hidden = hidden;
        this.input = input;
        this.recurrent = recurrent;
        this.bias = bias;
        this.stateful = stateful;
    }

    /** An f32 layer without bias, which starts from zeros. */
    public static Lstm of(final int inputs, final int hidden) {
        Require.that(inputs >= 1, "inputs", inputs, "at least 1");
        Require.that(hidden >= 1 && hidden <= Integer.MAX_VALUE / 4, "hidden", hidden, "1 to 2^29 - 1");
        return new Lstm(
                inputs,
                hidden,
                Gemm.of(4 * hidden, inputs).layout(Layout.NT),
                Gemm.of(4 * hidden, hidden).layout(Layout.NT).accumulate(),
                new float[4 * hidden],
                false);
    }

    /** x of U8 or S8, weights of S8. */
    public Lstm quantization(final DataType type, final Quantization x, final Quantization weights) {
        Require.that(Require.notNull(type, "type").isByte(), "type", type, "U8 or S8");
        final Quantization h = Quantization.symmetric(1f / H_STEPS);
        return new Lstm(
                inputs,
                hidden,
                Gemm.of(4 * hidden, inputs)
                        .layout(Layout.NT)
                        .types(type, DataType.S8, DataType.F32)
                        .quantization(x, weights),
                Gemm.of(4 * hidden, hidden)
                        .layout(Layout.NT)
                        .types(DataType.S8, DataType.S8, DataType.F32)
                        .quantization(h, weights)
                        .accumulate(),
                bias,
                stateful);
    }

    /** One value for each row of the weights. */
    public Lstm bias(final float... values) {
        Require.that(
                Require.notNull(values, "bias").length == 4 * hidden,
                "bias",
                values.length + " values",
                "4 * hidden = " + 4 * hidden);
        return new Lstm(inputs, hidden, input, recurrent, values.clone(), stateful);
    }

    /** Runs bring the state and get it back. */
    public Lstm stateful() {
        return new Lstm(inputs, hidden, input, recurrent, bias, true);
    }

    /** The forward pass that keeps what the gradient needs; F32 only. */
    public LstmTraining training() {
        return new LstmTraining(this, LstmTraining.Pass.FORWARD);
    }

    public int inputs() {
        return inputs;
    }

    public int hidden() {
        return hidden;
    }

    /** {@code z = W x}, for any number of rows. */
    public Gemm input() {
        return input;
    }

    /** {@code z = R h + z}. */
    public Gemm recurrent() {
        return recurrent;
    }

    public float[] bias() {
        return bias.clone();
    }

    public boolean isStateful() {
        return stateful;
    }

    public boolean isQuantized() {
        return input.isQuantized();
    }

    /** Of the packed weights, as a matrix, those of {@link #input}. */
    public Tensor inputWeights(final Tensor weights) {
        return weights.slice(1, 0, inputs);
    }

    /** Of the packed weights, as a matrix, those of {@link #recurrent}. */
    public Tensor recurrentWeights(final Tensor weights) {
        return weights.slice(1, inputs, inputs + (long) hidden);
    }

    @Override
    public String signature() {
        final String types = (input.aType() + "" + input.bType() + "F32").toLowerCase(Locale.ROOT);
        return String.join(" ", "lstm", types, "i" + inputs, "h" + hidden, stateful ? "stateful" : "from0");
    }

    @Override
    public boolean takesB(final boolean packed) {
        return stateful;
    }

    @Override
    public boolean requiresPacking() {
        return true;
    }

    /** Those of the batch: a run on so many rows has any number of steps. */
    @Override
    public long rows(final Tensor a, final Tensor y) {
        return a.length(1);
    }

    @Override
    public TensorType a(final long rows) {
        return new TensorType(input.aType(), Shape.of(USUAL_STEPS, rows, inputs));
    }

    /** The state. */
    @Override
    public TensorType b(final long rows) {
        return new TensorType(DataType.F32, Shape.of(2, rows, hidden));
    }

    @Override
    public TensorType y(final long rows) {
        return new TensorType(DataType.F32, Shape.of(USUAL_STEPS, rows, hidden));
    }

    @Override
    public long operations(final long rows) {
        return USUAL_STEPS * (input.operations(rows) + recurrent.operations(rows));
    }

    @Override
    public void checkWeights(final Tensor weights) {
        final Shape shape = Shape.of(4L * hidden, inputs + (long) hidden);
        new TensorType(input.bType(), shape).require(weights, "weights");
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        Require.that(Require.notNull(a, "a").shape().rank() == 3, "a shape", a.shape(), "three dimensions");
        final long steps = a.length(0);
        final long batch = a.length(1);
        require(a, input.aType(), steps, batch, inputs, "a");
        require(y, DataType.F32, steps, batch, hidden, "y");
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            require(b, DataType.F32, 2, batch, hidden, "b");
            Tensors.requireApart(b, y, "b");
            Tensors.requireApart(a, b, "a");
        }
    }

    private static void require(
            final Tensor tensor,
            final DataType type,
            final long first,
            final long second,
            final long third,
            final String argument) {
        final boolean fits = Require.notNull(tensor, argument).type() == type
                && tensor.shape().rank() == 3
                && tensor.length(0) == first
                && tensor.length(1) == second
                && tensor.length(2) == third;
        if (!fits) {
            new TensorType(type, Shape.of(first, second, third)).require(tensor, argument);
        }
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final Lstm lstm
                && stateful == lstm.stateful
                && input.equals(lstm.input)
                && recurrent.equals(lstm.recurrent)
                && Arrays.equals(bias, lstm.bias);
    }

    @Override
    public int hashCode() {
        return Objects.hash(signature(), Arrays.hashCode(bias));
    }

    @Override
    public String toString() {
        return signature();
    }
}
