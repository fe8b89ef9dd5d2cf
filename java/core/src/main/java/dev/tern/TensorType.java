package dev.tern;

/** What a tensor must be to serve as an operand. */
public record TensorType(DataType type, Shape shape) {
    public TensorType {
        Require.notNull(type, "type");
        Require.notNull(shape, "shape");
    }

    /** Refuses another type or shape. */
    void require(final Tensor tensor, final String argument) {
        require(new TensorType(Require.notNull(tensor, argument).type(), tensor.shape()), argument);
    }

    void require(final TensorType other, final String argument) {
        Require.that(other.type == type, argument + " type", other.type, type.toString());
        Require.that(other.shape.equals(shape), argument + " shape", other.shape, shape.toString());
    }

    @Override
    public String toString() {
        return type + shape.toString();
    }
}
