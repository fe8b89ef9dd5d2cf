package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Tensor;
import dev.tern.TensorType;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** An operation with operands to run it on, the same each time they are asked for. */
public interface OperationCase {
    Operation operation();

    /** Rows of a run. */
    int rows();

    /** Elements between the end of a row and the start of the next, in each dimension that has a next. */
    int gap();

    Values values();

    Place place();

    /** One element of an operand of a type. */
    default float draw(final DataType type, final RandomGenerator random) {
        return values().draw(type, random);
    }

    default Tensor a() {
        return filled(operation().a(rows()), 1);
    }

    /** What is packed. */
    default Tensor canonicalWeights() {
        return b();
    }

    default Tensor b() {
        return filled(operation().b(rows()), 2);
    }

    /** The output, filled with values that must survive between its rows, and be added to under accumulate. */
    default Tensor y() {
        return filled(operation().y(rows()), 3);
    }

    /** Memory for an operand, with values from a stream of its own. */
    default Tensor filled(final TensorType operand, final int stream) {
        final long seed = 20_260_101;
        final DataType type = operand.type();
        final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(seed + stream);
        final Tensor tensor = Strided.allocate(type, operand.shape(), gap(), place());
        final MemorySegment memory = tensor.segment();
        final long elements = memory.byteSize() * 8 / type.bits();
        for (long i = 0; i < elements; i++) {
            Strided.set(memory, type, i, draw(type, random));
        }
        return tensor;
    }
}
