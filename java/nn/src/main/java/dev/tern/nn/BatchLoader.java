package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.model.BatchViews;
import dev.tern.nn.data.SampleReader;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Gathers chosen samples into a batch of floats and labels, on the engine's threads. Allocates nothing per batch. What
 * is in a batch does not depend on threads, nor on the batches before.
 */
public final class BatchLoader {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int ROWS_PER_RANGE = 16;

    private final Samples samples;
    private final SampleReader reader;
    private final Engine engine;
    private final int width;
    private final BatchViews labels;
    private final RangeTask gather = this::gather;
    private int[] order;
    private int first;
    private int drawnIn;
    private MemorySegment target;

    /** Loads the samples as they are. */
    public BatchLoader(final Samples samples, final Engine engine, final int maxBatch) {
        this(samples, Transform.none(samples.format()), 0, engine, maxBatch);
    }

    /** {@code seed} decides, with the epoch and the sample, what the transform draws. */
    public BatchLoader(
            final Samples samples,
            final Transform transform,
            final long seed,
            final Engine engine,
            final int maxBatch) {
        this.samples = samples;
        this.reader = new SampleReader(samples, transform, seed);
        this.engine = engine;
        this.width = transform.output().elements();
        this.labels = new BatchViews(Tensor.allocate(DataType.S32, Shape.of(maxBatch)));
    }

    /** Like the other, with nothing drawn. */
    public Tensor load(final int[] chosen, final int from, final int batch, final Tensor x) {
        return load(chosen, from, batch, SampleReader.CENTRED, x);
    }

    /** The samples {@code chosen[from]} to {@code chosen[from + batch - 1]} go to {@code x}; returns their labels. */
    public Tensor load(final int[] chosen, final int from, final int batch, final int epoch, final Tensor x) {
        loadInputs(chosen, from, batch, epoch, x);
        return labels(chosen, from, batch);
    }

    void loadInputs(final int[] chosen, final int from, final int batch, final int epoch, final Tensor x) {
        order = chosen;
        first = from;
        drawnIn = epoch;
        target = x.segment();
        engine.parallel(gather, batch, ROWS_PER_RANGE);
    }

    Tensor labels(final int[] chosen, final int from, final int batch) {
        final Tensor into = labels.rows(batch);
        final MemorySegment numbers = into.segment();
        for (int row = 0; row < batch; row++) {
            numbers.setAtIndex(ValueLayout.JAVA_INT, row, samples.label(chosen[from + row]));
        }
        return into;
    }

    private void gather(final long from, final long to, final Workspace workspace) {
        final byte[] bytes = workspace.heapBytes(0, reader.storedElements());
        final float[] cropped = workspace.floats(0, reader.storedElements());
        final float[] reals = workspace.floats(1, width);
        for (long row = from; row < to; row++) {
            reader.read(order[first + (int) row], drawnIn, bytes, cropped, reals);
            MemorySegment.copy(reals, 0, target, F32, row * width * Float.BYTES, width);
        }
    }
}
