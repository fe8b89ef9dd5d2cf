package dev.tern.vector;

import static dev.tern.vector.VectorWidth.LANES;
import static dev.tern.vector.VectorWidth.ROWS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.DataType;
import dev.tern.Lstm;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * What one thread holds of a pass of training: operand and result of a step's product, of its rows of the batch. Views
 * are made once for each number of rows, so that no run allocates.
 */
abstract class TrainedRows {
    final Lstm layer;
    final int hidden;
    final int pitch; // of what lies in whole vectors
    final int h; // where the parts of an entry of the tape begin
    final int c;
    final int gates;
    float[] a;
    float[] y;
    int rows;
    private long first;
    private int capacity;
    private Views[] views;
    private FloatGemm product;

    private record Views(Tensor a, Tensor y) {}

    TrainedRows(final Lstm layer) {
        this.layer = layer;
        hidden = layer.hidden();
        pitch = Math.ceilDiv(hidden, LANES) * LANES;
        h = layer.inputs();
        c = h + hidden;
        gates = c + hidden;
    }

    /** Elements of a row of the product's operand. */
    abstract int aWidth();

    /** Elements of a row of its result. */
    abstract int yWidth();

    /** Elements between rows of its result. */
    abstract int yPitch();

    /** Makes room for so many rows. */
    abstract void reserve(int most);

    /** All steps of the rows, with the bias or dy. */
    abstract void run(Tensor other, Tensor tape);

    /** Turns to rows {@code [from, from + count)}, of which there will be at most {@code most} at a time. */
    final void begin(final long from, final int count, final int most, final FloatGemm by) {
        if (capacity < most) {
            capacity = most;
            a = new float[multiplied(most) * aWidth() + LANES];
            y = new float[multiplied(most) * yPitch() + LANES];
            views = new Views[most + 1];
            reserve(most);
        }
        if (views[count] == null) {
            final int lines = multiplied(count);
            views[count] = new Views(view(a, lines, aWidth(), aWidth()), view(y, lines, yWidth(), yPitch()));
        }
        first = from;
        rows = count;
        product = by;
    }

    /** The tile of one row adds in another order: beside a second row, no cut of the batch changes a result. */
    private static int multiplied(final int rows) {
        return rows % ROWS == 1 ? rows + 1 : rows;
    }

    final void end() {
        product = null;
    }

    private static Tensor view(final float[] array, final int rows, final int columns, final int stride) {
        return Tensor.wrap(MemorySegment.ofArray(array), DataType.F32, Shape.of(rows, columns), stride, 1);
    }

    final void multiply() {
        product.run(views[rows].a, null, views[rows].y);
    }

    final void read(
            final Tensor from,
            final long entry,
            final int row,
            final int part,
            final int count,
            final float[] to,
            final int at) {
        final long bytes = (index(from, entry, row) + part) * Float.BYTES;
        MemorySegment.copy(from.segment(), JAVA_FLOAT_UNALIGNED, bytes, to, at, count);
    }

    final void write(
            final float[] from,
            final int at,
            final int count,
            final Tensor to,
            final long entry,
            final int row,
            final int part) {
        final long bytes = (index(to, entry, row) + part) * Float.BYTES;
        MemorySegment.copy(from, at, to.segment(), JAVA_FLOAT_UNALIGNED, bytes, count);
    }

    private long index(final Tensor tensor, final long entry, final int row) {
        return entry * tensor.stride(0) + (first + row) * tensor.stride(1);
    }
}
