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
public abstract sealed class Optimizer permits Adagrad, Adam, Sgd {
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
    private final GradientNorm norm = new GradientNorm();
    private ParameterSet of;
    private int decayingBlocks;
    private long steps;
    private float l1;
    private float l2;
    private float largestNorm = Float.POSITIVE_INFINITY;
    private float gradientScale = 1;

    Optimizer() {}

    /** Adds the gradient of {@code weight * sum |w|} over the weights, not the biases. */
    public final Optimizer l1(final float weight) {
        l1 = requireAtLeastZero("l1", weight);
        return this;
    }

    /** Adds the gradient of {@code weight / 2 * sum w^2} over the weights, not the biases. */
    public final Optimizer l2(final float weight) {
        l2 = requireAtLeastZero("l2", weight);
        return this;
    }

    /** Shortens the gradient of all parameters to this Euclidean norm where it is longer (Pascanu et al. 2013). */
    public final Optimizer clip(final float norm) {
        largestNorm = requireAtLeastZero("clip", norm);
        return this;
    }

    private static float requireAtLeastZero(final String what, final float value) {
        if (!(value >= 0)) {
            throw new IllegalArgumentException(what + ": got " + value + ", allowed: at least 0");
        }
        return value;
    }

    /** One step of all parameters; allocates only in the first. */
    public final void step(final ParameterSet parameters, final float learningRate, final Engine engine) {
        begin(parameters);
        gradientScale = clips() ? clipped(norm.square(parameters.gradients(), engine)) : 1;
        move(learningRate, engine);
    }

    /** The same of all parts of a model, each on its rank. */
    final void step(final ModelPart part, final float learningRate, final Engine engine) {
        begin(part.parameters());
        gradientScale = clips() ? clipped(part.squaredGradientNorm()) : 1;
        move(learningRate, engine);
    }

    private void move(final float learningRate, final Engine engine) {
        beginStep(learningRate, ++steps);
        engine.parallel(update, blocks(), BLOCKS_PER_RANGE);
    }

    private boolean clips() {
        return largestNorm < Float.POSITIVE_INFINITY;
    }

    /** Before the first step. */
    final void begin(final ParameterSet parameters) {
        if (of == null) {
            of = parameters;
            decayingBlocks = Math.ceilDiv(parameters.decaying(), BLOCK);
            allocateState(blocks());
        }
        if (of != parameters) {
            throw new IllegalStateException("an optimizer keeps the state of one training");
        }
    }

    private float clipped(final double squaredNorm) {
        final double length = Math.sqrt(squaredNorm);
        return length > largestNorm ? (float) (largestNorm / length) : 1;
    }

    /** How many steps it has made. */
    public final long steps() {
        return steps;
    }

    /** What it keeps between steps, as one vector; empty before the first. */
    public final float[] memory() {
        final List<float[]> blocks = of == null ? List.of() : state();
        final float[] all = new float[blocks.size() * BLOCK];
        for (int i = 0; i < blocks.size(); i++) {
            System.arraycopy(blocks.get(i), 0, all, i * BLOCK, BLOCK);
        }
        return all;
    }

    /** Goes on as after so many steps of the parameters, with the {@link #memory} of then. */
    public final void resume(final ParameterSet parameters, final long stepsMade, final float[] memory) {
        begin(parameters);
        final List<float[]> blocks = state();
        if (stepsMade > 0 && memory.length != blocks.size() * BLOCK) {
            throw new IllegalArgumentException("memory: got %d numbers, allowed: %d for this optimizer and model"
                    .formatted(memory.length, blocks.size() * BLOCK));
        }
        steps = stepsMade;
        for (int i = 0; i * BLOCK < memory.length; i++) {
            System.arraycopy(memory, i * BLOCK, blocks.get(i), 0, BLOCK);
        }
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
            adjust(gradient, value, length, decays);
            updateBlock(value, gradient, block, length, decays);
            MemorySegment.copy(value, 0, values, F32, bytes, length);
        }
    }

    /** What clipping takes and penalties add. */
    private void adjust(final float[] gradient, final float[] value, final int length, final boolean decays) {
        final float absolute = decays ? l1 : 0;
        final float square = decays ? l2 : 0;
        final float scale = gradientScale;
        if (scale == 1 && absolute == 0 && square == 0) {
            return;
        }
        for (int i = 0; i < length; i++) {
            gradient[i] = gradient[i] * scale + square * value[i] + absolute * Math.signum(value[i]);
        }
    }

    /** Makes room for {@code blocks} of {@link #BLOCK} elements. */
    abstract void allocateState(int blocks);

    /** The blocks that it keeps between steps. */
    abstract List<float[]> state();

    /** Prepares what is the same for all parameters of a step, counted from 1. */
    abstract void beginStep(float learningRate, long step);

    /** Updates the first {@code length} values of a block. */
    abstract void updateBlock(float[] value, float[] gradient, int block, int length, boolean decays);
}
