package dev.tern.testing;

import dev.tern.Conv2d;
import dev.tern.Operation;
import dev.tern.Tensor;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;

/**
 * A pass of a convolution with operands to run it on.
 *
 * @param gap elements between neighbouring positions, lines and images
 * @param values what the operands hold
 * @param place where the tensors live
 */
public record ConvCase(Conv2d conv, int images, int gap, Values values, Place place) implements OperationCase {
    @Override
    public Operation operation() {
        return conv;
    }

    @Override
    public int rows() {
        return images * Math.toIntExact(Math.max(1, conv.positions()));
    }

    @Override
    public Tensor canonicalWeights() {
        return filled(conv.weights(), 4);
    }

    /** Scales of positions have no gaps and are not negative. */
    @Override
    public Tensor b() {
        return conv.product().scalesRows()
                ? Strided.magnitudes(new ConvCase(conv, images, 0, values, place).filled(conv.b(rows()), 2))
                : OperationCase.super.b();
    }

    @Override
    public String toString() {
        return conv.signature() + " images" + images + " gap" + gap + " " + values + " " + place
                + GemmCase.epilogue(conv.product());
    }
}
