package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.Models;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.Initializer;
import dev.tern.nn.Network;
import dev.tern.nn.ParameterSet.Trained;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketedExchangeTest {
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.builder().threads(1).build();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static Network network(final String model) {
        return new Network(Initializer.initialise(Models.byName(model), 1), engine, 2);
    }

    /** Keeps each gradient as it was when it was said to be done. */
    private static final class Witness implements GradientExchange {
        private final Map<String, float[]> seen = new LinkedHashMap<>();

        @Override
        public void begin(final float share) {
            seen.clear();
        }

        @Override
        public void gradientDone(final Trained parameter) {
            final float[] before =
                    seen.put(parameter.name(), parameter.gradient().toFloats());
            assertTrue(before == null, parameter.name() + " was done twice");
        }

        @Override
        public void finish() {}
    }

    @ParameterizedTest
    @ValueSource(strings = {"lenet-5", "cnn", "lstm"})
    void shouldHearOfEachGradientWhenItIsDone(final String model) {
        final Network network = network(model);
        final Witness witness = new Witness();
        for (int pass = 0; pass < 2; pass++) {
            Tensor.random(DataType.F32, network.input(2).shape(), new SplittableRandom(pass))
                    .copyTo(network.input(2));
            network.forward(2);
            Tensor.random(DataType.F32, network.output(2).shape(), new SplittableRandom(pass))
                    .copyTo(network.outputGradient(2));
            witness.begin(1);
            network.backward(2, witness);
            final List<Trained> trained = network.parameters().trained();
            assertEquals(trained.size(), witness.seen.size());
            trained.forEach(p -> assertArrayEquals(p.gradient().toFloats(), witness.seen.get(p.name()), p.name()));
        }
    }

    /** A communicator that counts the sums that are started. */
    private static Communicator counting(final Communicator communicator, final List<Long> started) {
        return (Communicator) Proxy.newProxyInstance(
                Communicator.class.getClassLoader(), new Class<?>[] {Communicator.class}, (_, method, arguments) -> {
                    if (method.getName().equals("startAllReduce")) {
                        started.add(((Tensor) arguments[0]).shape().elements());
                    }
                    try {
                        return method.invoke(communicator, arguments);
                    } catch (final InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Of a perceptron 784-128-10: the weights from the end, in buckets of 4096, then the biases. */
    @Test
    void shouldStartBucketsWhileTheBackwardPassGoesOn() {
        InProcess.run(1, ranks -> {
            final Network network = network("mlp");
            final List<Trained> trained = network.parameters().trained();
            final List<Long> started = new ArrayList<>();
            final BucketedExchange exchange = new BucketedExchange(
                    counting(ranks, started), network.parameters(), Compression.NONE, 4096 * Float.BYTES);
            final int buckets = Math.ceilDiv(784 * 128 + 1280, 4096) + 1;
            for (int step = 0; step < 2; step++) {
                started.clear();
                exchange.begin(1);
                exchange.gradientDone(trained.get(1)); // second layer's weights: not a whole bucket
                assertEquals(0, started.size());
                exchange.gradientDone(trained.get(3));
                assertEquals(0, started.size());
                exchange.gradientDone(trained.get(0));
                assertEquals(buckets - 1, started.size());
                exchange.finish(); // the first layer's bias is done too, though nobody said so
                assertEquals(buckets, started.size());
                assertEquals(
                        network.parameters().elements(),
                        started.stream().mapToLong(n -> n).sum());
            }
        });
    }

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {2, 3, 4})
    void shouldTrainAsOneReplicaDoes(final int size) {
        final ReplicaTraining.Result[] alone = new ReplicaTraining.Result[1];
        InProcess.run(1, ranks -> alone[0] = ReplicaTraining.train(ranks, Compression.NONE));
        final AtomicReferenceArray<ReplicaTraining.Result> results = new AtomicReferenceArray<>(size);
        InProcess.run(size, ranks -> results.set(ranks.rank(), ReplicaTraining.train(ranks, Compression.NONE)));
        for (int rank = 0; rank < size; rank++) {
            // 30 steps of sums in another order: some 1e-7 each, of weights around 0.1
            assertArrayEquals(alone[0].weights(), results.get(rank).weights(), 1e-5f);
            assertArrayEquals(results.get(0).weights(), results.get(rank).weights(), 0);
        }
    }

    /** Weights drift apart by rounding, and the loss gets as small: from ln 4 = 1.39. */
    @Test
    void shouldTrainAsWellWithBytes() {
        final AtomicReferenceArray<ReplicaTraining.Result> results = new AtomicReferenceArray<>(4);
        InProcess.run(2, ranks -> results.set(ranks.rank(), ReplicaTraining.train(ranks, Compression.NONE)));
        InProcess.run(2, ranks -> results.set(2 + ranks.rank(), ReplicaTraining.train(ranks, Compression.INT8)));
        for (int rank = 0; rank < 2; rank++) {
            assertTrue(
                    results.get(rank).loss() < 0.4, "loss " + results.get(rank).loss());
            assertEquals(results.get(rank).loss(), results.get(2 + rank).loss(), 0.02);
        }
        assertArrayEquals(results.get(2).weights(), results.get(3).weights());
        assertTrue(!Arrays.equals(results.get(0).weights(), results.get(2).weights()), "nothing was rounded");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void shouldSendAQuarterOfTheBytes(final int size) {
        InProcess.run(size, ranks -> {
            for (final String model : List.of("mlp", "cnn", "lstm")) {
                final long plain = bytesPerStep(ranks, model, Compression.NONE);
                final long compressed = bytesPerStep(ranks, model, Compression.INT8);
                assertTrue(compressed > 0 && compressed <= 0.27 * plain, model + ": " + compressed + " of " + plain);
            }
        });
    }

    private static long bytesPerStep(final Communicator ranks, final String model, final Compression compression) {
        return new BucketedExchange(
                        ranks, network(model).parameters(), compression, BucketedExchange.DEFAULT_BUCKET_BYTES)
                .bytesPerStep();
    }

    /** Shares are those of the samples, which need not be equal. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void shouldWeighRanksByTheirShares(final Compression compression) {
        InProcess.run(2, ranks -> {
            final Network network = network("lenet-5");
            final Tensor gradients = network.parameters().gradients();
            final float[] values = new float[network.parameters().elements()];
            Arrays.fill(values, ranks.isFirst() ? 1 : 5);
            Tensor.of(gradients.shape(), values).copyTo(gradients);
            final BucketedExchange exchange = new BucketedExchange(ranks, network.parameters(), compression, 1 << 16);
            exchange.begin(ranks.isFirst() ? 0.75f : 0.25f);
            exchange.finish();
            Arrays.fill(values, 0.75f * 1 + 0.25f * 5);
            assertArrayEquals(values, gradients.toFloats(), 1e-6f);
        });
    }

    @Test
    void shouldCopyTheParametersOfTheFirst() {
        final Shape shape = network("lenet-5").parameters().values().shape();
        InProcess.run(2, ranks -> {
            final Network network = network("lenet-5");
            final float[] values = new float[network.parameters().elements()];
            Arrays.fill(values, ranks.rank() + 1);
            Tensor.of(shape, values).copyTo(network.parameters().values());
            Replicas.copyFromFirst(ranks, network.parameters());
            Arrays.fill(values, 1);
            assertArrayEquals(values, network.parameters().values().toFloats());
        });
    }
}
