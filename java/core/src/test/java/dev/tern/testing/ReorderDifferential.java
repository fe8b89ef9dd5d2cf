package dev.tern.testing;

import dev.tern.Engine;
import java.util.function.LongToDoubleFunction;

/** Holds the reorderings of engines to the reference, bit for bit. */
public final class ReorderDifferential extends Differential<ReorderCase> {
    /** The tested engines stay the caller's. */
    public ReorderDifferential(final Engine... tested) {
        super(tested);
    }

    @Override
    LongToDoubleFunction bound(final ReorderCase test) {
        return EXACT;
    }
}
