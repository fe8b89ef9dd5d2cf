package dev.tern.testing;

import dev.tern.Engine;
import java.util.function.LongToDoubleFunction;

/** Holds the poolings of engines to the reference, bit for bit. */
public final class PoolDifferential extends Differential<PoolCase> {
    /** The tested engines stay the caller's. */
    public PoolDifferential(final Engine... tested) {
        super(tested);
    }

    @Override
    LongToDoubleFunction bound(final PoolCase test) {
        return EXACT;
    }
}
