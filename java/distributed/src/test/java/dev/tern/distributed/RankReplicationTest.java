package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.Window;
import dev.tern.model.Graph;
import dev.tern.model.ValueType;
import dev.tern.nn.Checkpoint;
import dev.tern.nn.EpochResult;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Replication;
import dev.tern.nn.Sgd;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingResult;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Samples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training by replicas of one process, on the whole way from samples to the result. */
class RankReplicationTest {
    /** The last batch of 41 has 19 samples, and of three replicas some have fewer than others. */
    private static final Samples SAMPLES = EmbeddedSample.load().train().slice(0, 400);

    private static final int BATCH = 41;

    private static Graph network() {
        return Initializer.initialise(
                Graph.builder("images")
                        .input("x", ValueType.f32(28, 28, 1))
                        .conv2d("conv", 4, Window.of(5, 5).stride(3))
                        .relu("relu")
                        .maxPool("pool", Window.of(2, 2).stride(2))
                        .flatten("rows")
                        .linear("fc", 10)
                        .build(),
                3);
    }

    private static Trainer trainer(final Engine engine, final Replication replicas) {
        return new Trainer(network(), engine)
                .epochs(3)
                .batch(BATCH)
                .optimizer(new Sgd(0.9f))
                .learningRate(LearningRate.cosine(0.05f))
                .replicas(replicas);
    }

    /** What each replica ends with. */
    private static TrainingResult[] train(final int size, final Compression compression) {
        final TrainingResult[] results = new TrainingResult[size];
        InProcess.run(size, ranks -> {
            try (Engine engine = Engine.builder().threads(1).build()) {
                results[ranks.rank()] =
                        trainer(engine, new RankReplication(ranks, compression)).train(SAMPLES);
            }
        });
        return results;
    }

    private static float[] weights(final TrainingResult result, final String name) {
        return result.graph().parameters().get(name).tensor().toFloats();
    }

    private static TrainingResult alone() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            return trainer(engine, Replication.ALONE).train(SAMPLES);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldTrainAsOneReplicaDoesOnTheSameBatches(final int size) {
        final TrainingResult alone = alone();
        final TrainingResult[] results = train(size, Compression.NONE);
        for (final TrainingResult result : results) {
            for (final String name : List.of("conv.weight", "conv.bias", "fc.weight", "fc.bias")) {
                assertArrayEquals(weights(results[0], name), weights(result, name), "the same bits on all");
                assertArrayEquals(weights(alone, name), weights(result, name), 2e-4f, name);
            }
            for (int epoch = 0; epoch < 3; epoch++) {
                final EpochResult expected = alone.epochs().get(epoch);
                final EpochResult got = result.epochs().get(epoch);
                assertEquals(expected.loss(), got.loss(), 1e-3);
                assertEquals(expected.accuracy(), got.accuracy(), 0.01);
                assertEquals(expected.validation().samples(), got.validation().samples());
                assertEquals(expected.validation().loss(), got.validation().loss(), 1e-2);
            }
        }
    }

    @Test
    void shouldLearnAsMuchFromQuarterOfTheBytes() {
        final TrainingResult[] results = train(2, Compression.INT8);
        assertArrayEquals(weights(results[0], "fc.weight"), weights(results[1], "fc.weight"));
        final double exact = alone().epochs().getLast().loss();
        assertEquals(exact, results[0].epochs().getLast().loss(), 0.1 * exact);
    }

    /** More replicas than samples in the last batch: some have none, and take part all the same. */
    @Test
    void shouldGoOnWhereAReplicaHasNoSample() {
        final TrainingResult[] results = new TrainingResult[4];
        final Samples few = SAMPLES.slice(0, 10);
        InProcess.run(4, ranks -> {
            try (Engine engine = Engine.builder().threads(1).build()) {
                results[ranks.rank()] = trainer(engine, new RankReplication(ranks, Compression.NONE))
                        .batch(8)
                        .validation(0.1)
                        .train(few);
            }
        });
        assertTrue(Double.isFinite(results[0].epochs().getLast().validation().loss()));
        assertArrayEquals(weights(results[0], "fc.weight"), weights(results[3], "fc.weight"));
        assertFalse(Arrays.equals(
                network().parameters().get("fc.weight").tensor().toFloats(), weights(results[0], "fc.weight")));
    }

    @Test
    void shouldWriteCheckpointsOnce(@TempDir final Path folder) throws IOException {
        InProcess.run(2, ranks -> {
            try (Engine engine = Engine.builder().threads(1).build()) {
                trainer(engine, new RankReplication(ranks, Compression.NONE))
                        .checkpoint(folder.resolve("rank-" + ranks.rank()))
                        .train(SAMPLES);
            }
        });
        assertEquals("2", Checkpoint.read(folder.resolve("rank-0")).settings().get("replicas"));
        assertFalse(folder.resolve("rank-1").toFile().exists());
    }
}
