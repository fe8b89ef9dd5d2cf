package dev.tern.distributed;

import dev.tern.Engine;
import dev.tern.Window;
import dev.tern.model.Graph;
import dev.tern.model.ValueType;
import dev.tern.nn.Initializer;
import dev.tern.nn.LearningRate;
import dev.tern.nn.Partition;
import dev.tern.nn.Replication;
import dev.tern.nn.Sgd;
import dev.tern.nn.Trainer;
import dev.tern.nn.TrainingResult;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Samples;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Short trainings of one model whose parts are divided among the ranks in several ways. */
final class PartitionTraining {
    /** The last batch of 41 has 19 samples. */
    static final Samples SAMPLES = EmbeddedSample.load().train().slice(0, 400);

    static final int BATCH = 41;
    static final int EPOCHS = 2;

    /** What a rank ends with. */
    record Result(TrainingResult training) {
        float[] weights(final String name) {
            return training.graph().parameters().get(name).tensor().toFloats();
        }

        double loss() {
            return training.epochs().getLast().loss();
        }

        /** The same on all ranks. */
        @Override
        public String toString() {
            int hash = 0;
            for (final String name : training.graph().parameters().keySet()) {
                hash = 31 * hash + Arrays.hashCode(weights(name));
            }
            return "%x %.9f".formatted(hash, loss());
        }
    }

    private PartitionTraining() {}

    /** Convolution, pooling and three linear layers: of two, three and four stages each has some. */
    static Graph model() {
        return Initializer.initialise(
                Graph.builder("images")
                        .input("x", ValueType.f32(28, 28, 1))
                        .conv2d("conv", 4, Window.of(5, 5).stride(3))
                        .relu("relu1")
                        .maxPool("pool", Window.of(2, 2).stride(2))
                        .flatten("rows")
                        .linear("fc1", 21)
                        .relu("relu2")
                        .linear("fc2", 12)
                        .relu("relu3")
                        .linear("fc3", 10)
                        .build(),
                3);
    }

    static Trainer trainer(final Engine engine, final Replication replicas, final Partition partition) {
        return new Trainer(model(), engine)
                .epochs(EPOCHS)
                .batch(BATCH)
                .optimizer(new Sgd(0.9f).clip(2))
                .learningRate(LearningRate.cosine(0.05f))
                .replicas(replicas)
                .partition(partition);
    }

    static Result train(final Replication replicas, final Partition partition) {
        try (Engine engine = Engine.builder().threads(1).device("cpu:reference").build()) {
            return new Result(trainer(engine, replicas, partition).train(SAMPLES));
        }
    }

    /** Every way in which so many ranks can share the model, and an even number of them the batches as well. */
    static Map<String, Result> all(final Communicator ranks) {
        final Map<String, Result> results = new LinkedHashMap<>();
        results.put("pipeline", train(Replication.ALONE, new Pipeline(ranks, 5)));
        results.put("one-batch", train(Replication.ALONE, new Pipeline(ranks, 1)));
        results.put("linears", train(Replication.ALONE, new SplitLinears(ranks)));
        if (ranks.size() % 2 == 0) {
            final Replication replicas = new RankReplication(ranks.split(ranks.rank() % 2), Compression.NONE);
            final Communicator parts = ranks.split(ranks.rank() / 2);
            results.put("replicas-of-pipelines", train(replicas, new Pipeline(parts, 3)));
            results.put("replicas-of-linears", train(replicas, new SplitLinears(parts)));
        }
        return results;
    }
}
