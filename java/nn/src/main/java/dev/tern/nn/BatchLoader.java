package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Workspace;
import dev.tern.model.BatchViews;
import dev.tern.nn.data.Samples;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Gathers chosen samples into a batch of floats and labels, on the engine's threads. Allocates nothing per batch. */
public final class BatchLoader {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int ROWS_PER_RANGE = 16;

    private final Samples samples;
    private final Engine engine;
    private final int sampleBytes;
    private final BatchViews labels;
    private final RangeTask gather = this::gather;
    private int[] order;
    private int first;
    private MemorySegment target;

    public BatchLoader(final Samples samples, final Engine engine, final int maxBatch) {
        this.samples = samples;
        this.engine = engine;
        this.sampleBytes = samples.format().elements();
        this.labels = new BatchViews(Tensor.allocate(DataType.S32, Shape.of(maxBatch)));
    }

    /** The samples {@code chosen[from]} to {@code chosen[from + batch - 1]} go to {@code x}; returns their labels. */
    public Tensor load(final int[] chosen, final int from, final int batch, final Tensor x) {
        order = chosen;
        first = from;
        target = x.segment();
        engine.parallel(gather, batch, ROWS_PER_RANGE);
        final Tensor into = labels.rows(batch);
        final MemorySegment numbers = into.segment();
        for (int row = 0; row < batch; row++) {
            numbers.setAtIndex(ValueLayout.JAVA_INT, row, samples.label(chosen[from + row]));
        }
        return into;
    }

    private void gather(final long from, final long to, final Workspace workspace) {
        final byte[] pixels = workspace.heapBytes(0, sampleBytes);
        final float[] reals = workspace.floats(0, sampleBytes);
        for (long row = from; row < to; row++) {
            final long source = (long) order[first + (int) row] * sampleBytes;
            MemorySegment.copy(samples.pixels(), ValueLayout.JAVA_BYTE, source, pixels, 0, sampleBytes);
            Pixels.toFloats(pixels, reals, sampleBytes);
            MemorySegment.copy(reals, 0, target, F32, row * sampleBytes * Float.BYTES, sampleBytes);
        }
    }
}
