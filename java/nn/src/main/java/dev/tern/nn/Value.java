package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.BatchViews;
import dev.tern.model.ValueType;

/** A value of the network during a step, and the gradient of the loss by it where some parameter depends on that. */
final class Value {
    private final Tensor value;
    private final Tensor gradient;
    private final BatchViews valueRows;
    private final BatchViews gradientRows;
    private final Value root;
    private boolean gradientWritten;

    private Value(final Tensor value, final Tensor gradient, final Value root) {
        this.value = value;
        this.gradient = gradient;
        this.root = root == null ? this : root;
        valueRows = new BatchViews(value);
        gradientRows = gradient == null ? null : new BatchViews(gradient);
    }

    static Value allocate(final ValueType type, final int maxBatch, final boolean differentiated) {
        final Shape shape = type.shape(maxBatch);
        return new Value(
                Tensor.allocate(DataType.F32, shape),
                differentiated ? Tensor.allocate(DataType.F32, shape) : null,
                null);
    }

    /** Memory of its own, of the same shape, with a gradient where this has one. */
    Value alike() {
        final Tensor like = Tensor.allocate(DataType.F32, value.shape());
        return new Value(like, gradient == null ? null : Tensor.allocate(DataType.F32, value.shape()), null);
    }

    /** The same memory under another shape of a sample. */
    Value reshaped(final ValueType type) {
        final Shape shape = type.shape(value.length(0));
        return new Value(value.reshape(shape), gradient == null ? null : gradient.reshape(shape), root);
    }

    Tensor value(final int batch) {
        return valueRows.rows(batch);
    }

    Tensor gradient(final int batch) {
        return gradientRows.rows(batch);
    }

    boolean isDifferentiated() {
        return gradient != null;
    }

    int maxBatch() {
        return Math.toIntExact(value.length(0));
    }

    /**
     * True for the first of those that contribute to the gradient in a backward pass, who overwrites; the others add.
     * Asked while a network is built, in the order of the backward pass.
     */
    boolean claimGradient() {
        final boolean first = !root.gradientWritten;
        root.gradientWritten = true;
        return first;
    }
}
