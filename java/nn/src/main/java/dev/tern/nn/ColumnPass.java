package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A pass over rows of floats, several rows at a time, on the engine's threads. Blocks of rows go through plain arrays
 * that fit the first-level cache, since the compiler makes vector code of loops over arrays that share one index, and
 * not of loops over memory segments. What is the same for each row is repeated over a block, {@link #tiled}.
 *
 * <p>Sums over rows are formed by blocks, by chunks of blocks, and then in the order of chunks, so that they are the
 * same for any number of threads.
 */
abstract class ColumnPass implements RangeTask {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int BLOCK = 2048;
    private static final int BLOCKS_PER_CHUNK = 8;

    private final int width;
    private final int block;
    private final int arrays;
    private final int sums;
    private float[] partial = {};
    private long elements;

    /**
     * @param width of a row
     * @param arrays how many of a workspace {@link #pass} uses, the first of them
     * @param sums how many sums of a row's length it adds to, in the arrays that follow
     */
    ColumnPass(final int width, final int arrays, final int sums) {
        this.width = width;
        this.block = Math.max(1, BLOCK / Math.max(1, width)) * width;
        this.arrays = arrays;
        this.sums = sums;
    }

    final int width() {
        return width;
    }

    /** Elements of a whole block. */
    final int block() {
        return block;
    }

    /** Room for a row, repeated over a block. */
    final float[] tile() {
        return new float[block];
    }

    /** Repeats its first row over the rest of a block. */
    final void repeat(final float[] tile) {
        for (int at = width; at < block; at += width) {
            System.arraycopy(tile, 0, tile, at, width);
        }
    }

    /** Runs over so many rows. Allocates only where there were never as many. */
    final void over(final long rows, final Engine engine) {
        elements = rows * width;
        final int chunks = Math.toIntExact(Math.ceilDiv(elements, Math.max(1, chunkElements())));
        if (sums > 0 && partial.length < chunks * sums * width) {
            partial = new float[chunks * sums * width];
        }
        engine.parallel(this, chunks, 1);
        for (int chunk = 1; chunk < chunks; chunk++) {
            add(partial, chunk * sums * width);
        }
    }

    private long chunkElements() {
        return (long) block * BLOCKS_PER_CHUNK;
    }

    private void add(final float[] terms, final int from) {
        for (int i = 0; i < sums * width; i++) {
            terms[i] += terms[from + i];
        }
    }

    /** After {@link #over}, where there was any row: element {@code column} of a sum. */
    final float sum(final int which, final int column) {
        return elements == 0 ? 0 : partial[which * width + column];
    }

    @Override
    public final void run(final long from, final long to, final Workspace workspace) {
        for (long chunk = from; chunk < to; chunk++) {
            for (int sum = 0; sum < sums; sum++) {
                Arrays.fill(workspace.floats(arrays + sum, block), 0, block, 0);
            }
            final long end = Math.min(elements, (chunk + 1) * chunkElements());
            for (long first = chunk * chunkElements(); first < end; first += block) {
                pass(workspace, first, (int) Math.min(block, end - first));
            }
            for (int sum = 0; sum < sums; sum++) {
                fold(workspace.floats(arrays + sum, block), ((int) chunk * sums + sum) * width);
            }
        }
    }

    private void fold(final float[] tile, final int to) {
        System.arraycopy(tile, 0, partial, to, width);
        for (int at = width; at < block; at += width) {
            for (int column = 0; column < width; column++) {
                partial[to + column] += tile[at + column];
            }
        }
    }

    /** The elements {@code first} to {@code first + length - 1}, whole rows. */
    abstract void pass(Workspace workspace, long first, int length);

    static float[] load(
            final Workspace workspace, final int slot, final MemorySegment from, final long first, final int length) {
        final float[] array = workspace.floats(slot, length);
        MemorySegment.copy(from, F32, first * Float.BYTES, array, 0, length);
        return array;
    }

    /** All elements of a tensor without gaps. */
    static void load(final Tensor from, final float[] to) {
        MemorySegment.copy(from.segment(), F32, 0, to, 0, to.length);
    }

    static void store(final float[] array, final MemorySegment to, final long first, final int length) {
        MemorySegment.copy(array, 0, to, F32, first * Float.BYTES, length);
    }

    static void addAll(final float[] sums, final float[] terms, final int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += terms[i];
        }
    }
}
