package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.model.Graph;

/** How a model is divided among ranks that compute each of its steps together. */
public interface Partition extends Ranks {
    /** Of a model that one rank computes. */
    Partition WHOLE = new Whole();

    /**
     * This rank's part.
     *
     * @param seed decides what layers draw at random
     */
    ModelPart part(Graph graph, Engine engine, int maxBatch, long seed);

    /** What has to be the same when a training goes on. */
    String description();

    /** No division. */
    final class Whole extends OneRank implements Partition {
        private Whole() {}

        @Override
        public ModelPart part(final Graph graph, final Engine engine, final int maxBatch, final long seed) {
            return new WholeModel(new Network(graph, engine, maxBatch, seed), engine);
        }

        @Override
        public String description() {
            return "none";
        }
    }
}
