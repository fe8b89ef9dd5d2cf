package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.Graph;

/** A model that one rank computes. */
public final class WholeModel implements ModelPart {
    private final Network network;
    private final Loss entropy = new SoftmaxCrossEntropy();
    private final GradientNorm norm = new GradientNorm();
    private final Engine engine;
    private int lastSize;

    public WholeModel(final Network network, final Engine engine) {
        this.network = network;
        this.engine = engine;
    }

    @Override
    public ParameterSet parameters() {
        return network.parameters();
    }

    @Override
    public BatchResult differentiate(final Batch batch, final GradientExchange exchange) {
        lastSize = batch.size();
        batch.load(0, lastSize, network.input(lastSize));
        network.forward(lastSize);
        final Tensor labels = batch.labels(0, lastSize);
        final Tensor output = network.output(lastSize);
        final double loss = entropy.evaluate(output, labels, network.outputGradient(lastSize));
        network.backward(lastSize, exchange);
        return BatchResult.of(loss, output, labels);
    }

    @Override
    public double squaredGradientNorm() {
        return norm.square(parameters().gradients(), engine);
    }

    @Override
    public String firstNotFinite() {
        return network.firstNotFinite(lastSize);
    }

    @Override
    public Graph whole() {
        return network.snapshot();
    }

    @Override
    public long passes() {
        return network.passes();
    }

    @Override
    public void resumeAt(final long passes) {
        network.resumeAt(passes);
    }
}
