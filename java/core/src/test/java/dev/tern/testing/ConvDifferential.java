package dev.tern.testing;

import dev.tern.Conv2d;
import dev.tern.Engine;
import dev.tern.Tensor;
import java.util.function.LongToDoubleFunction;

/** Holds the convolutions of engines to the reference. */
public final class ConvDifferential extends Differential<ConvCase> {
    /** The tested engines stay the caller's. */
    public ConvDifferential(final Engine... tested) {
        super(tested);
    }

    /** The sums of magnitudes are those of the same convolution of magnitudes. */
    @Override
    LongToDoubleFunction bound(final ConvCase test) {
        if (test.conv().isQuantized()) {
            return EXACT;
        }
        final Tensor sums = Strided.magnitudes(test.y());
        reference
                .compile(ofMagnitudes(test.conv()))
                .run(Strided.magnitudes(test.a()), Strided.magnitudes(test.b()), sums);
        final double share = gamma(terms(test) + 4);
        return index -> Strided.holds(sums, index) ? share * sums.floatAt(index) : 0;
    }

    private static Conv2d ofMagnitudes(final Conv2d conv) {
        final float[] bias = conv.product().floatBias();
        final Conv2d summed =
                conv.clamp(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY).accumulate();
        return bias == null ? summed : summed.bias(magnitudes(bias));
    }

    private static float[] magnitudes(final float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]);
        }
        return values;
    }

    /** Products that one sum has at most. */
    private static long terms(final ConvCase test) {
        final Conv2d conv = test.conv();
        return switch (conv.pass()) {
            case FORWARD -> conv.product().k();
            case BACKWARD_DATA -> (long) conv.window().taps() * conv.filters() / conv.groups();
            case BACKWARD_WEIGHTS -> test.rows();
        };
    }
}
