package dev.tern.vector;

import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;

import dev.tern.Gemm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/** Brings blocks of results between arrays and y, in memory of any kind and alignment. */
final class Output {
    private Output() {}

    /** Copies a block from an array, where its rows are {@link Block#stride} apart. */
    static void store(final Object array, final Block block, final ValueLayout layout) {
        final MemorySegment y = block.y.segment();
        for (int r = 0; r < block.rows; r++) {
            MemorySegment.copy(array, r * block.stride(), y, layout, block.at(r) * layout.byteSize(), block.columns);
        }
    }

    /** Copies one row of the block from y to the start of an array. */
    static void loadRow(final Block block, final int r, final ValueLayout layout, final Object array) {
        MemorySegment.copy(block.y.segment(), layout, block.at(r) * layout.byteSize(), array, 0, block.columns);
    }

    /** Starts the sums of a block from y and the bias. */
    static void seed(final Block block, final float[] bias, final float[] sums) {
        final float[] row = block.workspace.floats(Scratch.STAGED, block.columns);
        for (int r = 0; r < block.rows; r++) {
            loadRow(block, r, ValueLayout.JAVA_FLOAT_UNALIGNED, row);
            for (int c = 0; c < block.columns; c++) {
                sums[r * block.stride() + c] = row[c] + bias[block.column() + c];
            }
        }
    }

    /** Adds what y holds to the floats of a block. */
    static void addY(final Block block, final float[] values) {
        final float[] row = block.workspace.floats(Scratch.PANEL, block.columns);
        for (int r = 0; r < block.rows; r++) {
            loadRow(block, r, ValueLayout.JAVA_FLOAT_UNALIGNED, row);
            for (int c = 0; c < block.columns; c++) {
                values[r * block.stride() + c] += row[c];
            }
        }
    }

    /** Clamps real outputs; does nothing without bounds. */
    static void clamp(final float[] values, final int count, final Gemm gemm) {
        if (!gemm.clamps()) {
            return;
        }
        final float min = gemm.yMin();
        final float max = gemm.yMax();
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(FLOATS, values, i).max(min).min(max).intoArray(values, i);
        }
    }
}
