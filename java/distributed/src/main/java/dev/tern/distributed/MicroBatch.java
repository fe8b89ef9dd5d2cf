package dev.tern.distributed;

import dev.tern.Tensor;
import dev.tern.nn.Batch;
import dev.tern.nn.BatchResult;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.Network;
import dev.tern.nn.SoftmaxCrossEntropy;
import java.lang.foreign.ValueLayout;

/** A place for one micro-batch on its way through a stage, with what comes from the neighbours and goes to them. */
final class MicroBatch {
    private static final Request NONE = () -> {};

    private final Network network;
    private final Pipeline ranks;
    private final SoftmaxCrossEntropy entropy = new SoftmaxCrossEntropy();
    private int first;
    private int size;
    private Request input = NONE;
    private Request outputGradient = NONE;
    private Request sentOutput = NONE;
    private Request sentGradient = NONE;

    MicroBatch(final Network network, final Pipeline ranks) {
        this.network = network;
        this.ranks = ranks;
    }

    Network network() {
        return network;
    }

    /** Of so many samples, from the stage before. */
    void expectInput(final int samples) {
        size = samples;
        if (!ranks.isFirstStage()) {
            input = ranks.communicator().startReceive(network.input(size), ranks.before());
        }
    }

    /** The samples of a batch from {@code from} on. */
    void forward(final Batch batch, final int from) {
        first = from;
        if (ranks.isFirstStage()) {
            batch.load(first, size, network.input(size));
        }
        input.await();
        sentOutput.await(); // of the micro-batch that was here before
        network.forward(size);
        if (!ranks.isLastStage()) {
            sentOutput = ranks.communicator().startSend(network.output(size), ranks.after());
            outputGradient = ranks.communicator().startReceive(network.outputGradient(size), ranks.after());
        }
    }

    /** What the last stage knows. */
    BatchResult backward(final Batch batch, final GradientExchange exchange) {
        final BatchResult result = ranks.isLastStage() ? loss(batch) : BatchResult.NONE;
        outputGradient.await();
        sentGradient.await();
        network.backward(size, exchange);
        if (!ranks.isFirstStage()) {
            sentGradient = ranks.communicator().startSend(network.inputGradient(size), ranks.before());
        }
        return result;
    }

    /** The gradient of a mean over the micro-batch becomes a part of that of the mean over the batch. */
    private BatchResult loss(final Batch batch) {
        final Tensor labels = batch.labels(first, size);
        final Tensor gradient = network.outputGradient(size);
        final double loss = entropy.evaluate(network.output(size), labels, gradient);
        final float share = size / (float) batch.size();
        for (long i = 0; i < gradient.shape().elements(); i++) {
            final float whole = gradient.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            gradient.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, whole * share);
        }
        return BatchResult.of(loss, network.output(size), labels);
    }

    void awaitSent() {
        sentOutput.await();
        sentGradient.await();
    }

    String firstNotFinite() {
        return size == 0 ? null : network.firstNotFinite(size);
    }
}
