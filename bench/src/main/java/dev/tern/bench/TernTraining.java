package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.nn.Adam;
import dev.tern.nn.Loss;
import dev.tern.nn.Network;
import dev.tern.nn.Optimizer;
import dev.tern.nn.ParameterSet.Trained;
import dev.tern.nn.SoftmaxCrossEntropy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Steps of training by Tern, all of whose memory is the garbage collector's. */
final class TernTraining implements Prepared {
    private final TrainingCase training;
    private final Engine engine;
    private final Network network;
    private final Tensor labels;
    private final List<Trained> order;
    private final Loss entropy = new SoftmaxCrossEntropy();
    private final Optimizer adam = new Adam();

    TernTraining(final Engine engine, final TrainingCase training, final Inputs inputs) {
        this.training = training;
        this.engine = engine;
        final Graph graph = training.graph(inputs.b());
        network = new Network(graph, engine, training.batch());
        order = graph.parameters().keySet().stream()
                .map(network.parameters()::get)
                .toList();
        labels = Tensor.of(Shape.of(training.batch()), training.labels());
        Tensor.wrap(inputs.a(), training.a().type(), training.a().shape()).copyTo(network.input(training.batch()));
    }

    @Override
    public String kernel() {
        return "-";
    }

    @Override
    public void run() {
        gradient();
        adam.step(network.parameters(), TrainingCase.LEARNING_RATE, engine);
    }

    private void gradient() {
        final int batch = training.batch();
        network.forward(batch);
        entropy.evaluate(network.output(batch), labels, network.outputGradient(batch));
        network.backward(batch);
    }

    @Override
    public MemorySegment output() {
        final MemorySegment y = Arena.ofAuto().allocate(training.bytesY(), Float.BYTES);
        long at = 0;
        for (final Trained parameter : order) {
            final MemorySegment gradient = parameter.gradient().segment();
            y.asSlice(at, gradient.byteSize()).copyFrom(gradient);
            at += gradient.byteSize();
        }
        return y;
    }

    @Override
    public void close() {}
}
