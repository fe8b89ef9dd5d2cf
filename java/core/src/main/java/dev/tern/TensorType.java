package dev.tern;

/** What a tensor must be to serve as an operand. */
public record TensorType(DataType type, Shape shape) {
    public TensorType {
        Require.notNull(type, "type");
        Require.notNull(shape, "shape");
    }

    /** Refuses another type or shape. */
    void require(final Tensor tensor, final String argument) {
        Require.notNull(tensor, argument);
        Require.that(tensor.type() == type, argument + " type", tensor.type(), type.toString());
        Require.that(tensor.shape().equals(shape), argument + " shape", tensor.shape(), shape.toString());
    }

    @Override
    public String toString() {
        return type + shape.toString();
    }
}
