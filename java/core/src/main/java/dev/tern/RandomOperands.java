package dev.tern;

import java.util.random.RandomGenerator;

/** Tensors to measure an operation on. */
record RandomOperands(Tensor a, Tensor b, Tensor y) {
    /** For so many rows; b is null where runs have none. */
    static RandomOperands of(final Operation operation, final boolean packed, final long rows) {
        final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        final TensorType y = operation.y(rows);
        return new RandomOperands(
                random(operation.a(rows), random),
                operation.takesB(packed) ? random(operation.b(rows), random) : null,
                Tensor.allocate(y.type(), y.shape()));
    }

    private static Tensor random(final TensorType operand, final RandomGenerator random) {
        return Tensor.random(operand.type(), operand.shape(), random);
    }

    void run(final Executable executable) {
        executable.run(a, b, y);
    }
}
