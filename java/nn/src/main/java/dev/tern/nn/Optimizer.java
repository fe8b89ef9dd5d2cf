package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Moves parameters against their gradients. An instance keeps the state of one training. Blocks go to the engine's
 * threads; each is updated in plain arrays that fit the first-level cache and share one index, of which the compiler
 * makes vector code. What an element becomes depends on that element alone, so threads change no bit.
 */
public abstract sealed class Optimizer permits Adam, Sgd {
    static final int BLOCK = 1024;
    private static final int BLOCKS_PER_RANGE = 4;
    /**
     * Added and taken away again, it makes 0 of what is below 4e-18 and changes nothing that a weight could notice.
     * Gradients of a network that is sure of itself, their squares and averages that fade, as at the margins of images,
     * would else become subnormal numbers, which the processor multiplies a hundred times slower.
     */
    static final float FLUSH = 1e-10f;

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final RangeTask update = this::update;
    private ParameterSet of;
    private int decayingBlocks;

    Optimizer() {}

    /** One step of all parameters; allocates only in the first. */
    public final void step(final ParameterSet parameters, final float learningRate, final Engine engine) {
        if (of == null) {
            of = parameters;
            decayingBlocks = Math.ceilDiv(parameters.decaying(), BLOCK);
            allocateState(blocks());
        }
        if (of != parameters) {
            throw new IllegalStateException("an optimizer keeps the state of one training");
        }
        beginStep(learningRate);
        engine.parallel(update, blocks(), BLOCKS_PER_RANGE);
    }

    /** Those that decay come first, and no block holds both kinds. */
    private int blocks() {
        return decayingBlocks + Math.ceilDiv(of.elements() - of.decaying(), BLOCK);
    }

    private void update(final long from, final long to, final Workspace workspace) {
        final float[] value = workspace.floats(0, BLOCK);
        final float[] gradient = workspace.floats(1, BLOCK);
        final MemorySegment values = of.values().segment();
        for (int block = (int) from; block < to; block++) {
            final boolean decays = block < decayingBlocks;
            final int first = decays ? block * BLOCK : of.decaying() + (block - decayingBlocks) * BLOCK;
            final int length = Math.min(BLOCK, (decays ? of.decaying() : of.elements()) - first);
            final long bytes = (long) first * Float.BYTES;
            MemorySegment.copy(values, F32, bytes, value, 0, length);
            MemorySegment.copy(of.gradients().segment(), F32, bytes, gradient, 0, length);
            updateBlock(value, gradient, block, length, decays);
            MemorySegment.copy(value, 0, values, F32, bytes, length);
        }
    }

    /** Makes room for {@code blocks} of {@link #BLOCK} elements. */
    abstract void allocateState(int blocks);

    /** The blocks that it keeps between steps. */
    abstract List<float[]> state();

    /** Prepares what is the same for all parameters of a step. */
    abstract void beginStep(float learningRate);

    /** Updates the first {@code length} values of a block. */
    abstract void updateBlock(float[] value, float[] gradient, int block, int length, boolean decays);
}
