package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Workspace;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves parameters against their gradients. An instance keeps the state of one training. Blocks of parameters go to the
 * engine's threads; each is updated in plain arrays that fit the first-level cache, so that the loops become vector
 * code. What an element becomes depends on that element alone, so neither blocks nor threads change any bit.
 */
public abstract sealed class Optimizer permits Adam, Sgd {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BLOCK = 2048;

    private final RangeTask update = this::update;
    private MemorySegment values;
    private MemorySegment gradients;
    private int offset;
    private boolean decays;
    private int stateElements = -1;

    Optimizer() {}

    /** One step of all parameters; allocates only in the first. */
    public final void step(final ParameterSet parameters, final float learningRate, final Engine engine) {
        if (stateElements != parameters.elements()) {
            if (stateElements >= 0) {
                throw new IllegalStateException("an optimizer keeps the state of one training");
            }
            stateElements = parameters.elements();
            allocateState(stateElements);
        }
        beginStep(learningRate);
        values = parameters.values().segment();
        gradients = parameters.gradients().segment();
        for (int i = 0; i < parameters.trained().size(); i++) {
            final Trained parameter = parameters.trained().get(i);
            offset = parameter.offset();
            decays = parameter.decays();
            engine.parallel(update, parameter.length(), BLOCK);
        }
    }

    /** Where there is a single thread, or another caller has the workers, one range holds many blocks. */
    private void update(final long from, final long to, final Workspace workspace) {
        final float[] value = workspace.floats(0, BLOCK);
        final float[] gradient = workspace.floats(1, BLOCK);
        for (long block = from; block < to; block += BLOCK) {
            final int length = (int) Math.min(BLOCK, to - block);
            final int first = (int) block + offset;
            final long bytes = (long) first * Float.BYTES;
            MemorySegment.copy(values, F32, bytes, value, 0, length);
            MemorySegment.copy(gradients, F32, bytes, gradient, 0, length);
            updateBlock(value, gradient, first, length, decays);
            MemorySegment.copy(value, 0, values, F32, bytes, length);
        }
    }

    abstract void allocateState(int elements);

    /** Prepares what is the same for all parameters of a step. */
    abstract void beginStep(float learningRate);

    /** Updates {@code length} values; their state begins at {@code first}. */
    abstract void updateBlock(float[] value, float[] gradient, int first, int length, boolean decays);
}
