package dev.tern.bench;

import dev.tern.DataType;
import dev.tern.Lstm;
import dev.tern.Operation;
import dev.tern.Shape;
import dev.tern.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A layer of long short-term memory over all steps, f32 throughout, without bias, from a state of zeros. Weights are
 * [gates i, f, g, o][hidden][inputs then h], y is h of every step.
 */
public record LstmCase(int steps, int batch, int inputs, int hidden) implements OperationCase {
    public static final int GATES = 4;

    private static final Pattern SHAPE =
            Pattern.compile("([1-9]\\d{0,3})x([1-9]\\d{0,4})x([1-9]\\d{0,4})-([1-9]\\d{0,4})");

    public static LstmCase of(final GemmType type, final String shape) {
        final Matcher extents = SHAPE.matcher(shape);
        if (!extents.matches() || type != GemmType.F32) {
            throw new IllegalArgumentException(
                    "type, shape: got " + type.label() + " " + shape + ", allowed: f32 STEPSxBATCHxINPUTS-HIDDEN");
        }
        return new LstmCase(
                Integer.parseInt(extents.group(1)),
                Integer.parseInt(extents.group(2)),
                Integer.parseInt(extents.group(3)),
                Integer.parseInt(extents.group(4)));
    }

    @Override
    public GemmType type() {
        return GemmType.F32;
    }

    @Override
    public String shape() {
        return steps + "x" + batch + "x" + inputs + "-" + hidden;
    }

    @Override
    public Operation operation() {
        return Lstm.of(inputs, hidden);
    }

    @Override
    public TensorType a() {
        return new TensorType(DataType.F32, Shape.of(steps, batch, inputs));
    }

    @Override
    public TensorType b() {
        return new TensorType(DataType.F32, Shape.of((long) GATES * hidden, terms()));
    }

    @Override
    public TensorType y() {
        return new TensorType(DataType.F32, Shape.of(steps, batch, hidden));
    }

    /** Products in a sum. */
    int terms() {
        return inputs + hidden;
    }

    @Override
    public long rows() {
        return batch;
    }

    @Override
    public long items() {
        return batch;
    }

    @Override
    public long operations() {
        return 2L * steps * batch * GATES * hidden * terms();
    }

    @Override
    public long bytesA() {
        return (long) steps * batch * inputs * Float.BYTES;
    }

    @Override
    public long bytesB() {
        return (long) GATES * hidden * terms() * Float.BYTES;
    }

    @Override
    public long bytesY() {
        return (long) steps * batch * hidden * Float.BYTES;
    }

    /**
     * Recurrent weights of some 1 / hidden: the h of a step moves the next one, and an error of rounding does not grow
     * from step to step.
     */
    @Override
    public void adjust(final MemorySegment b, final SplittableRandom random) {
        for (long row = 0; row < (long) GATES * hidden; row++) {
            for (long i = row * terms() + inputs; i < (row + 1) * terms(); i++) {
                b.setAtIndex(ValueLayout.JAVA_FLOAT, i, b.getAtIndex(ValueLayout.JAVA_FLOAT, i) * 2 / hidden);
            }
        }
    }

    /** Of the weights those of x, as [gates][hidden][inputs]; gates are named by their place in the weights. */
    public MemorySegment inputWeights(final MemorySegment b, final Arena arena, final int... gates) {
        return columns(b, 0, inputs, arena, gates);
    }

    /** Of the weights those of h, as [gates][hidden][hidden]. */
    public MemorySegment recurrentWeights(final MemorySegment b, final Arena arena, final int... gates) {
        return columns(b, inputs, hidden, arena, gates);
    }

    private MemorySegment columns(
            final MemorySegment b, final int first, final int count, final Arena arena, final int... gates) {
        final long bytes = (long) count * Float.BYTES;
        final MemorySegment to = arena.allocate(GATES * hidden * bytes, 64);
        for (int row = 0; row < GATES * hidden; row++) {
            final long from = (long) gates[row / hidden] * hidden + row % hidden;
            MemorySegment.copy(b, (from * terms() + first) * Float.BYTES, to, row * bytes, bytes);
        }
        return to;
    }
}
