package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Lstm;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.testing.GemmCase.Place;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A layer with weights and tensors to run it on, the same each time they are asked for.
 *
 * @param gap elements between neighbouring rows, and between neighbouring steps
 * @param size of the floats of x; large ones drive the gates to their ends
 */
public record LstmCase(Lstm lstm, int steps, int batch, int gap, float size, Place place) {
    private static final long SEED = 20_260_103;

    Tensor weights() {
        final Shape shape = Shape.of(4L * lstm.hidden(), lstm.inputs() + (long) lstm.hidden());
        return filled(lstm.input().bType(), shape, 1, 0.3f);
    }

    Tensor x() {
        return filled(lstm.input().aType(), Shape.of(steps, batch, lstm.inputs()), 2, size);
    }

    Tensor y() {
        return filled(DataType.F32, Shape.of(steps, batch, lstm.hidden()), 3, 1);
    }

    Tensor state() {
        return filled(DataType.F32, Shape.of(2, batch, lstm.hidden()), 4, 1);
    }

    Tensor bias() {
        return Tensor.of(Shape.of(4L * lstm.hidden()), lstm.bias());
    }

    /** For training: everything on it is random, what the forward pass writes as well. */
    Tensor tape() {
        return filled(DataType.F32, lstm.training().tape(steps, batch), 5, size);
    }

    /** dL/dy, and of stateful layers what belongs to it. */
    Tensor gradient() {
        final long entries = lstm.isStateful() ? steps + 2 : steps;
        return filled(DataType.F32, Shape.of(entries, batch, lstm.hidden()), 6, 1);
    }

    private Tensor filled(final DataType type, final Shape shape, final int stream, final float scale) {
        final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + stream);
        final Tensor tensor = Strided.allocate(type, shape, gap, place);
        final long elements = tensor.segment().byteSize() / type.bytes(1);
        for (long i = 0; i < elements; i++) {
            final float value = type == DataType.F32
                    ? scale * random.nextFloat(-1, 1)
                    : random.nextInt(type == DataType.S8 ? -127 : 0, type.max() + 1);
            Strided.set(tensor.segment(), type, i, value);
        }
        return tensor;
    }

    @Override
    public String toString() {
        return lstm.signature() + " steps " + steps + " batch " + batch + " gap " + gap + " size " + size + " " + place;
    }
}
