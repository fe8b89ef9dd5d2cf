package dev.tern.distributed;

import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.nn.Initializer;
import dev.tern.nn.Network;
import dev.tern.nn.Sgd;
import dev.tern.nn.SoftmaxCrossEntropy;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Steps of training on the same global batches, whatever the number of ranks that share them. */
final class ReplicaTraining {
    private static final int STEPS = 30;
    private static final int BATCH = 24;
    private static final int INPUTS = 20;
    private static final int CLASSES = 4;
    /** Several buckets for so small a model. */
    private static final int BUCKET_BYTES = 1000;

    /** The last loss of this rank's samples and the weights after it. */
    record Result(double loss, float[] weights) {
        @Override
        public String toString() {
            return Integer.toHexString(Arrays.hashCode(weights));
        }
    }

    private ReplicaTraining() {}

    static Result train(final Communicator ranks, final Compression compression) {
        // each rank draws other weights, and gets the first one's
        final Graph graph = Initializer.initialise(Models.perceptron("small", INPUTS, 32, CLASSES), 1 + ranks.rank());
        final int mine = BATCH / ranks.size();
        try (Engine engine = Engine.builder().threads(1).device("cpu:reference").build()) {
            final Network network = new Network(graph, engine, mine);
            Replicas.copyFromFirst(ranks, network.parameters());
            final BucketedExchange exchange =
                    new BucketedExchange(ranks, network.parameters(), compression, BUCKET_BYTES);
            final Sgd optimizer = new Sgd(0.9f);
            double loss = 0;
            for (int step = 0; step < STEPS; step++) {
                final Tensor labels = load(network.input(mine), step % 3, ranks.rank() * mine);
                network.forward(mine);
                loss = new SoftmaxCrossEntropy().evaluate(network.output(mine), labels, network.outputGradient(mine));
                exchange.begin(1f / ranks.size());
                network.backward(mine, exchange);
                exchange.finish();
                optimizer.step(network.parameters(), 0.05f, engine);
            }
            return new Result(loss, network.parameters().values().toFloats());
        }
    }

    /** The samples of one of three batches from {@code first} on, each a class plus noise; returns the labels. */
    private static Tensor load(final Tensor input, final int batch, final int first) {
        final int count = Math.toIntExact(input.length(0));
        final float[] samples = new float[count * INPUTS];
        final int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            final SplittableRandom random = new SplittableRandom(batch * 1000 + first + i);
            labels[i] = random.nextInt(CLASSES);
            for (int j = 0; j < INPUTS; j++) {
                samples[i * INPUTS + j] = (float) random.nextGaussian() * 0.5f + (j % CLASSES == labels[i] ? 1 : 0);
            }
        }
        Tensor.of(input.shape(), samples).copyTo(input);
        return Tensor.of(Shape.of(count), labels);
    }
}
