package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;

/**
 * {@code y = x * mask / (1 - rate)}, and the same of gradients. The mask is a function of the network's seed, of the
 * count of forward passes and of the element's place, so that it need not be kept and no thread decides it.
 */
final class DropoutStage extends ColumnPass implements Stage {
    private static final int ELEMENTS = 1; // as rows: any cut will do

    private final Engine engine;
    private final Value x;
    private final Value y;
    private final Contribution byInput;
    private final NetworkClock clock;
    private final int salt;
    private final int kept;
    private final float scale;
    private int key;
    private MemorySegment from;
    private MemorySegment to;

    /** {@code salt} tells the layers of a network apart. */
    DropoutStage(
            final float rate,
            final Value x,
            final Value y,
            final NetworkClock clock,
            final int salt,
            final Engine engine) {
        super(ELEMENTS, 1, 0);
        this.engine = engine;
        this.x = x;
        this.y = y;
        this.clock = clock;
        this.salt = salt;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        kept = (int) Math.min(Integer.MAX_VALUE, Math.rint((1.0 - rate) * (1L << 31)));
        scale = 1 / (1 - rate);
    }

    @Override
    public void forward(final int batch) {
        key = clock.key(salt);
        mask(x.value(batch).segment(), y.value(batch).segment());
    }

    @Override
    public void backward(final int batch) {
        if (byInput != null) {
            mask(y.gradient(batch).segment(), byInput.target(batch).segment());
            byInput.add(batch);
        }
    }

    private void mask(final MemorySegment source, final MemorySegment target) {
        from = source;
        to = target;
        over(source.byteSize() / Float.BYTES, engine);
    }

    @Override
    void pass(final Workspace workspace, final long first, final int length) {
        final float[] values = load(workspace, 0, from, first, length);
        mask(values, length, key + (int) first, kept, scale);
        store(values, to, first, length);
    }

    /** With the finisher of MurmurHash3 (Appleby), whose bits are as good as independent for neighbouring places. */
    private static void mask(
            final float[] values, final int length, final int first, final int kept, final float scale) {
        for (int i = 0; i < length; i++) {
            int hash = first + i;
            hash = (hash ^ hash >>> 16) * 0x85ebca6b;
            hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
            hash = (hash ^ hash >>> 16) >>> 1;
            final int keep = hash - kept >> 31; // all ones below, else zeros
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i] * scale) & keep);
        }
    }
}
