package dev.tern;

import java.util.Locale;

/**
 * An F32 {@link Lstm} in training: forward, keeping what the gradient needs, and back through time. Weights and bias
 * come with each run, as training changes them; those of the layer are not read.
 *
 * <p>Both passes work on a tape, [steps + 1, batch, inputs + 6 * hidden]. Its entry t holds, side by side,
 *
 * <pre>
 * x[t] | h[t-1] | c[t-1] | i | f | g | o of step t, their sigmoid or tanh applied
 * </pre>
 *
 * <p>and the last entry the h and c that are left. {@code forward.run(weights, bias, tape)} reads x of every step and
 * writes the rest. {@code backward.run(R, dy, tape)}, R by {@link Lstm#recurrentWeights}, turns the gates to dL/dz:
 *
 * <pre>
 * dh = dy[t] + R^T dz[t+1]                       dz_i = dc * g * (i - i^2)         dz_g = dc * i * (1 - g^2)
 * dc = dc * f[t+1] + dh * o * (1 - tanh(c)^2)    dz_f = dc * c[t-1] * (f - f^2)    dz_o = dh * tanh(c) * (o - o^2)
 * </pre>
 *
 * <p>What then is left are products of all steps at once, {@link #byWeights}, {@link #byBias} and {@link #byInputs}, of
 * parts of the tape that {@link #gates} and {@link #terms} are.
 *
 * <p>The state before the first step is 0, or for a stateful layer what entry 0 of the tape holds. Then dy has two
 * entries more, [steps + 2, batch, hidden]: the gradient by the state that is left, h then c, and the one by the state
 * before the first step takes their place.
 *
 * <p>Results are the same for any number of threads. Source: Werbos, Backpropagation Through Time: What It Does and How
 * to Do It (1990).
 */
public record LstmTraining(Lstm layer, Pass pass) implements Operation {
    private static final int PARTS = 6; // of an entry, beside x
    private static final long USUAL_STEPS = 16; // of a run that is measured, or estimated

    /** What is computed, and its operands a, b and y. */
    public enum Pass {
        /** weights [4 * hidden, inputs + hidden], bias [4 * hidden]; tape. */
        FORWARD,
        /** R [4 * hidden, hidden], dL/dy; tape. */
        BACKWARD
    }

    public LstmTraining {
        Require.that(!Require.notNull(layer, "layer").isQuantized(), "layer", layer, "one of F32");
        Require.notNull(pass, "pass");
    }

    /** The gradient through time. */
    public LstmTraining backward() {
        return new LstmTraining(layer, Pass.BACKWARD);
    }

    /** What each step multiplies: {@code z = [x h] weights^T}, or {@code dh = dz R}. */
    public Gemm product() {
        final int gates = 4 * layer.hidden();
        return pass == Pass.FORWARD
                ? Gemm.of(gates, layer.inputs() + layer.hidden()).layout(Layout.NT)
                : Gemm.of(layer.hidden(), gates);
    }

    /** {@code dL/dweights = gates^T terms}, of so many rows of both. */
    public Gemm byWeights(final int rows) {
        return Gemm.of(layer.inputs() + layer.hidden(), rows).layout(Layout.TN);
    }

    /** {@code dL/dbias = ones gates}, all of one row, of so many rows of gates. */
    public Gemm byBias(final int rows) {
        return Gemm.of(4 * layer.hidden(), rows);
    }

    /** {@code dL/dx = gates W}, of all steps, W by {@link Lstm#inputWeights}. */
    public Gemm byInputs() {
        return Gemm.of(layer.inputs(), 4 * layer.hidden());
    }

    public Shape tape(final long steps, final long batch) {
        return Shape.of(steps + 1, batch, width());
    }

    private long width() {
        return layer.inputs() + (long) PARTS * layer.hidden();
    }

    /** Where x of each step belongs, [steps, batch, inputs]. */
    public Tensor x(final Tensor tape) {
        return tape.first(tape.length(0) - 1).slice(2, 0, layer.inputs());
    }

    /** h of each step, [steps, batch, hidden]. */
    public Tensor y(final Tensor tape) {
        return tape.slice(0, 1, tape.length(0)).slice(2, layer.inputs(), layer.inputs() + (long) layer.hidden());
    }

    /** The h and c before a step, side by side, or those that are left: [batch, 2 * hidden]. */
    public Tensor state(final Tensor tape, final long step) {
        return tape.entry(step).slice(1, layer.inputs(), layer.inputs() + 2L * layer.hidden());
    }

    /** Of a tape without gaps what all steps multiplied, x and h side by side, [steps * batch, inputs + hidden]. */
    public Tensor terms(final Tensor tape) {
        return rows(tape).slice(1, 0, layer.inputs() + (long) layer.hidden());
    }

    /** Of a tape without gaps the gates, after the backward pass dL/dz, [steps * batch, 4 * hidden]. */
    public Tensor gates(final Tensor tape) {
        return rows(tape).slice(1, width() - 4L * layer.hidden(), width());
    }

    /** All steps one below the other. */
    private static Tensor rows(final Tensor tape) {
        final long steps = tape.length(0) - 1;
        return tape.first(steps).reshape(Shape.of(steps * tape.length(1), tape.length(2)));
    }

    @Override
    public String signature() {
        final String word = pass.name().toLowerCase(Locale.ROOT);
        final String start = layer.isStateful() ? "stateful" : "from0";
        return String.join(" ", "lstm_training", word, "f32", "i" + layer.inputs(), "h" + layer.hidden(), start);
    }

    /** Those of the batch: a run on so many rows has any number of steps. */
    @Override
    public long rows(final Tensor a, final Tensor y) {
        return y.length(1);
    }

    /** Of R the rows are apart, as they are within the weights. */
    @Override
    public TensorType a(final long rows) {
        return f32(Shape.of(4L * layer.hidden(), columns()));
    }

    private long columns() {
        return pass == Pass.FORWARD ? layer.inputs() + (long) layer.hidden() : layer.hidden();
    }

    @Override
    public TensorType b(final long rows) {
        return b(USUAL_STEPS, rows);
    }

    private TensorType b(final long steps, final long batch) {
        return f32(
                pass == Pass.FORWARD ? Shape.of(4L * layer.hidden()) : Shape.of(entries(steps), batch, layer.hidden()));
    }

    /** Of dy. */
    private long entries(final long steps) {
        return layer.isStateful() ? steps + 2 : steps;
    }

    @Override
    public TensorType y(final long rows) {
        return f32(tape(USUAL_STEPS, rows));
    }

    private static TensorType f32(final Shape shape) {
        return new TensorType(DataType.F32, shape);
    }

    @Override
    public long operations(final long rows) {
        return USUAL_STEPS * product().operations(rows);
    }

    @Override
    public void checkWeights(final Tensor weights) {
        throw Require.refuse("weights", "some to pack", "a plan for operands at run time: compile the operation");
    }

    @Override
    public void check(final Tensor a, final Tensor b, final Tensor y) {
        if (!fits(Require.notNull(a, "a"), Require.notNull(b, "b"), Require.notNull(y, "y"))) {
            refuse(a, b, y);
        }
        Tensors.requireApart(a, y, "a");
        Tensors.requireApart(b, y, "b");
        Tensors.requireApart(a, b, "a");
    }

    /** Without the objects that a message would need. */
    private boolean fits(final Tensor a, final Tensor b, final Tensor y) {
        final boolean types = a.type() == DataType.F32 && b.type() == DataType.F32 && y.type() == DataType.F32;
        final boolean ranks = a.shape().rank() == 2
                && b.shape().rank() == (pass == Pass.FORWARD ? 1 : 3)
                && y.shape().rank() == 3;
        return types
                && ranks
                && y.length(0) >= 1
                && y.length(2) == width()
                && a.length(0) == 4L * layer.hidden()
                && a.length(1) == columns()
                && (pass == Pass.FORWARD ? b.length(0) == 4L * layer.hidden() : fitsGradient(b, y));
    }

    private boolean fitsGradient(final Tensor dy, final Tensor tape) {
        return dy.length(0) == entries(tape.length(0) - 1)
                && dy.length(1) == tape.length(1)
                && dy.length(2) == layer.hidden();
    }

    private void refuse(final Tensor a, final Tensor b, final Tensor y) {
        final Shape shape = y.shape();
        Require.that(shape.rank() == 3 && shape.length(0) >= 1, "y shape", shape, "a tape of steps + 1 entries");
        final long steps = y.length(0) - 1;
        final long batch = y.length(1);
        f32(tape(steps, batch)).require(y, "y");
        a(batch).require(a, "a");
        b(steps, batch).require(b, "b");
    }

    @Override
    public String toString() {
        return signature();
    }
}
