package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Tuning;
import dev.tern.distributed.BucketedExchange;
import dev.tern.distributed.Communicator;
import dev.tern.distributed.Compression;
import dev.tern.model.Models;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.Initializer;
import dev.tern.nn.Network;
import dev.tern.nn.Sgd;
import dev.tern.nn.SoftmaxCrossEntropy;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Steps of one rank's replica of a model, on samples at random, which take as long as others. */
final class ReplicaSteps implements AutoCloseable {
    private static final int STEPS = 15;
    private static final float RATE = 1e-3f;

    private final Communicator ranks;
    private final int batch;
    private final Engine engine;
    private final Network network;
    private final Tensor labels;
    private final Sgd optimizer = new Sgd(0.9f);
    private final SoftmaxCrossEntropy entropy = new SoftmaxCrossEntropy();

    ReplicaSteps(final Communicator ranks, final String model, final int batch, final int threads) {
        this.ranks = ranks;
        this.batch = batch;
        engine = Engine.builder().threads(threads).tuning(Tuning.CACHED).build();
        network = new Network(Initializer.initialise(Models.byName(model), 1), engine, batch);
        final SplittableRandom random = new SplittableRandom(ranks.rank());
        final Tensor input = network.input(batch);
        Tensor.random(input.type(), input.shape(), random).copyTo(input);
        final int classes = Math.toIntExact(network.output(batch).length(1));
        labels = Tensor.of(Shape.of(batch), random.ints(batch, 0, classes).toArray());
    }

    long gradientBytes() {
        return network.parameters().gradients().extentBytes();
    }

    BucketedExchange exchange(final Compression compression) {
        return new BucketedExchange(ranks, network.parameters(), compression, BucketedExchange.DEFAULT_BUCKET_BYTES);
    }

    /** The median of some steps, in seconds. */
    double seconds(final GradientExchange exchange) {
        final double[] times = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
            final long start = System.nanoTime();
            step(exchange);
            times[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(times);
        return times[STEPS / 2];
    }

    private void step(final GradientExchange exchange) {
        network.forward(batch);
        entropy.evaluate(network.output(batch), labels, network.outputGradient(batch));
        exchange.begin(1f / ranks.size());
        network.backward(batch, exchange);
        exchange.finish();
        optimizer.step(network.parameters(), RATE, engine);
    }

    @Override
    public void close() {
        engine.close();
    }
}
