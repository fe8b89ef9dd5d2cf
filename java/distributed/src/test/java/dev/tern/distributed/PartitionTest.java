package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.model.Node;
import dev.tern.nn.Checkpoint;
import dev.tern.nn.EpochResult;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Partition;
import dev.tern.nn.Replication;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingDivergedException;
import dev.tern.nn.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models in parts, in one process. */
@Timeout(240)
class PartitionTest {
    private static final List<String> PARAMETERS =
            List.of("conv.weight", "conv.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight");

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldTrainAsOneRankDoes(final int size) {
        final PartitionTraining.Result alone = PartitionTraining.train(Replication.ALONE, Partition.WHOLE);
        final AtomicReferenceArray<Map<String, PartitionTraining.Result>> results = new AtomicReferenceArray<>(size);
        InProcess.run(size, ranks -> results.set(ranks.rank(), PartitionTraining.all(ranks)));
        results.get(0).forEach((way, first) -> {
            for (final String name : PARAMETERS) {
                // 18 steps of sums in another order
                assertArrayEquals(alone.weights(name), first.weights(name), 1e-5f, way + ", " + name);
            }
            assertEquals(alone.loss(), first.loss(), 1e-5, way);
            final EpochResult expected = alone.training().epochs().getLast();
            final EpochResult got = first.training().epochs().getLast();
            assertEquals(expected.accuracy(), got.accuracy(), 0.01, way);
            assertEquals(expected.validation().loss(), got.validation().loss(), 1e-4, way);
            for (int rank = 1; rank < size; rank++) {
                assertEquals(first.toString(), results.get(rank).get(way).toString(), way + ", rank " + rank);
            }
        });
    }

    /** What a kill after the first epoch leaves is enough for all parts to go on from. */
    @ParameterizedTest
    @CsvSource({"pipeline, 1", "linears, 1", "pipeline, 2"})
    void shouldGoOnFromACheckpointBitForBit(final String way, final int replicas, @TempDir final Path folder)
            throws IOException {
        final Path file = folder.resolve("parts.safetensors");
        final Function<Communicator, Partition> parts =
                way.equals("pipeline") ? ranks -> new Pipeline(ranks, 3) : SplitLinears::new;
        final PartitionTraining.Result[] whole = new PartitionTraining.Result[1];
        InProcess.run(2 * replicas, ranks -> {
            final PartitionTraining.Result result = train(ranks, parts, trainer -> trainer);
            if (ranks.isFirst()) {
                whole[0] = result;
            }
        });
        assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(
                        2 * replicas,
                        ranks -> train(ranks, parts, trainer -> killed(trainer.checkpoint(file), ranks))));
        final Checkpoint checkpoint = Checkpoint.read(file);
        assertEquals(1, checkpoint.epochs().size());
        assertEquals(replicas == 1, checkpoint.errors().length == 0, "what compression keeps");
        InProcess.run(2 * replicas, ranks -> {
            final PartitionTraining.Result resumed = train(ranks, parts, trainer -> trainer.resume(checkpoint));
            PARAMETERS.forEach(name -> assertArrayEquals(whole[0].weights(name), resumed.weights(name), name));
        });
    }

    /** By replicas with compressed gradients, where there are several. */
    private static PartitionTraining.Result train(
            final Communicator ranks,
            final Function<Communicator, Partition> parts,
            final Function<Trainer, Trainer> configured) {
        final Replication replicas = ranks.size() == 2
                ? Replication.ALONE
                : new RankReplication(ranks.split(ranks.rank() % 2), Compression.INT8);
        try (Engine engine = Engine.builder().threads(1).device("cpu:reference").build()) {
            final Partition partition = parts.apply(ranks.split(ranks.rank() / 2));
            final Trainer trainer = PartitionTraining.trainer(engine, replicas, partition);
            return new PartitionTraining.Result(configured.apply(trainer).train(PartitionTraining.SAMPLES));
        }
    }

    private static Trainer killed(final Trainer trainer, final Communicator ranks) {
        return trainer.listener(new TrainingListener() {
            @Override
            public void epochDone(final EpochResult result) {
                if (ranks.isFirst()) { // the others wait for it then, and end
                    throw new IllegalStateException("killed");
                }
            }
        });
    }

    @Test
    void shouldCutWhereStagesAreAlike() {
        assertEquals(List.of("lstm1", "lstm2 last fc"), stages("lstm", 2));
        assertEquals(List.of("conv1 pool1", "conv2 pool2 features fc1 fc2"), stages("cnn", 2));
        assertEquals(List.of("fc1", "fc2", "fc3"), stages("lenet-300-100", 3));
    }

    private static List<String> stages(final String model, final int count) {
        final StageCut cut = StageCut.of(Models.byName(model), count);
        return IntStream.range(0, count)
                .mapToObj(cut::stage)
                .map(stage ->
                        String.join(" ", stage.nodes().stream().map(Node::name).toList()))
                .toList();
    }

    @Test
    void shouldRefuseMoreStagesThanThereAre() {
        final Exception e = assertThrows(IllegalArgumentException.class, () -> StageCut.of(Models.byName("mlp"), 3));
        assertTrue(e.getMessage().startsWith("stages: got 3"), e.getMessage());
    }

    @Test
    void shouldRefuseAModelWithoutLinearLayersInARow() {
        final Graph graph = Models.byName("lstm");
        final CommunicatorException e = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(2, ranks -> {
                    try (Engine engine = Engine.builder().threads(1).build()) {
                        new SplitLinears(ranks).part(graph, engine, 4, 1);
                    }
                }));
        assertTrue(e.getMessage().contains("model: got lstm"), e.getMessage());
    }

    /** Each rank of a pipeline has a stage alone. */
    @Test
    void shouldHoldTheParametersOfOneStage() {
        final BiFunction<Communicator, Engine, Integer> elements = (ranks, engine) -> new Pipeline(ranks, 2)
                .part(Models.byName("lenet-300-100"), engine, 4, 1).parameters().trained().stream()
                        .mapToInt(parameter ->
                                Math.toIntExact(parameter.value().shape().elements()))
                        .sum();
        final int[] held = new int[2];
        InProcess.run(2, ranks -> {
            try (Engine engine = Engine.builder().threads(1).build()) {
                held[ranks.rank()] = elements.apply(ranks, engine);
            }
        });
        assertEquals(784 * 300 + 300, held[1], "the first stage is the last rank's");
        assertEquals(300 * 100 + 100 + 100 * 10 + 10, held[0]);
    }

    @Test
    void shouldStopWhenTheLossIsNoLongerANumber() {
        final CommunicatorException e = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(2, ranks -> {
                    try (Engine engine = Engine.builder().threads(1).build()) {
                        final Graph fresh = Initializer.initialise(Models.byName("mlp"), 1);
                        new Trainer(fresh, engine)
                                .learningRate(LearningRate.constant(Float.MAX_VALUE))
                                .partition(new Pipeline(ranks, 4))
                                .train(PartitionTraining.SAMPLES);
                    }
                }));
        assertTrue(e.getCause() instanceof TrainingDivergedException, e.getMessage());
        assertFalse(e.getMessage().contains("none"), e.getMessage());
    }
}
