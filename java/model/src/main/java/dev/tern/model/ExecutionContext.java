package dev.tern.model;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Storage;
import dev.tern.Tensor;
import java.util.List;

/**
 * The memory of one run of an {@link Executor} at a time: for one thread. Once each batch size has been seen, a run
 * allocates nothing.
 */
public final class ExecutionContext implements AutoCloseable {
    private final Graph graph;
    private final ValueLayoutPlan layout;
    private final List<Step> steps;
    private final int maxBatch;
    private final Storage[] buffers;
    private final Tensor[] given;
    private final Tensor[] values;
    /** For each buffered value and each view of one. */
    private final BatchViews[] buffered;
    /** The caller's tensors that the views in {@link #values} were made of. */
    private final Tensor[] viewed;

    /** What computes one node's value from others; numbered as in {@link ValueLayoutPlan}. */
    interface Step {
        void run(Tensor[] values);
    }

    ExecutionContext(
            final Graph graph,
            final ValueLayoutPlan layout,
            final List<Step> steps,
            final int maxBatch,
            final Engine engine,
            final Device device) {
        this.graph = graph;
        this.layout = layout;
        this.steps = steps;
        this.maxBatch = maxBatch;
        this.given = new Tensor[layout.inputs() + graph.outputs().size()];
        this.values = new Tensor[layout.count()];
        this.viewed = new Tensor[layout.count()];
        this.buffered = new BatchViews[layout.count()];
        this.buffers = new Storage[layout.buffers().count()];
        for (int i = 0; i < buffers.length; i++) {
            final Shape bytes = Shape.of(layout.buffers().bytes(i));
            buffers[i] = engine.allocate(device, DataType.U8, bytes).storage();
        }
        for (int value = 0; value < buffered.length; value++) {
            final int buffer = layout.buffer(layout.holder(value));
            if (buffer >= 0) {
                final ValueType type = layout.type(value);
                buffered[value] = new BatchViews(
                        Tensor.of(buffers[buffer], type.precision().type(), type.shape(maxBatch)));
            }
        }
    }

    /** Runs a graph of one input and one output; both have the same first dimension, of at most the largest batch. */
    public void run(final Tensor x, final Tensor y) {
        if (given.length != 2 || layout.inputs() != 1) {
            throw new IllegalStateException("%s has %d inputs and %d outputs; pass lists"
                    .formatted(graph.name(), layout.inputs(), graph.outputs().size()));
        }
        given[0] = x;
        given[1] = y;
        run();
    }

    /** Runs with inputs and outputs in the graph's order. */
    public void run(final List<Tensor> inputs, final List<Tensor> outputs) {
        if (inputs.size() != layout.inputs()
                || outputs.size() != graph.outputs().size()) {
            throw new IllegalArgumentException("%s takes %d inputs and %d outputs, not %d and %d"
                    .formatted(graph.name(), layout.inputs(), graph.outputs().size(), inputs.size(), outputs.size()));
        }
        for (int i = 0; i < given.length; i++) {
            given[i] = i < inputs.size() ? inputs.get(i) : outputs.get(i - inputs.size());
        }
        run();
    }

    private void run() {
        final long batch = given[0].shape().rank() == 0 ? -1 : given[0].length(0);
        for (int value = 0; value < values.length; value++) {
            if (layout.caller(value) >= 0) {
                final Tensor tensor = given[layout.caller(value)];
                requireFits(tensor, value, batch);
                values[value] = tensor;
            }
        }
        for (int value = 0; value < values.length; value++) {
            if (buffered[value] != null) {
                values[value] = buffered[value].rows((int) batch);
            } else if (layout.caller(value) < 0) {
                values[value] = viewOfCaller(value, batch);
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).run(values);
        }
    }

    /** Made anew only when another tensor comes. */
    private Tensor viewOfCaller(final int value, final long batch) {
        final Tensor holder = values[layout.holder(value)];
        if (viewed[value] != holder) {
            viewed[value] = holder;
            return holder.reshape(layout.type(value).shape(batch));
        }
        return values[value];
    }

    /** Gives the memory back; on the host the garbage collector does. */
    @Override
    public void close() {
        for (final Storage buffer : buffers) {
            buffer.close();
        }
    }

    private void requireFits(final Tensor tensor, final int value, final long batch) {
        final ValueType type = layout.type(value);
        final Shape sample = type.sample();
        boolean fits = tensor.type() == type.precision().type()
                && tensor.shape().rank() == sample.rank() + 1
                && batch >= 0
                && batch <= maxBatch
                && tensor.length(0) == batch;
        for (int d = 0; fits && d < sample.rank(); d++) {
            fits = tensor.length(d + 1) == sample.length(d);
        }
        if (!fits) {
            throw new IllegalArgumentException("%s: got %s, allowed: %s with N = %s"
                    .formatted(
                            value < layout.inputs() ? "input" : "output",
                            tensor,
                            type,
                            value < layout.inputs() ? "0 to " + maxBatch : String.valueOf(batch)));
        }
    }
}
