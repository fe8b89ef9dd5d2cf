package dev.tern.distributed;

import dev.tern.Engine;
import dev.tern.model.Graph;
import dev.tern.nn.ModelPart;
import dev.tern.nn.Partition;

/**
 * A model whose layers are cut into stages, one a rank, through which the samples of a batch go in micro-batches, so
 * that all stages work at once. Each rank has the parameters, gradients and optimizer state of its stage alone. The
 * last stage is the first rank's, since that one tells of the loss. Gradients are those of the whole batch, within
 * rounding; batch normalization takes the statistics of a micro-batch.
 *
 * <p>Sources: Huang et al., GPipe (2019); the order of passes: Narayanan et al., Efficient Large-Scale Language Model
 * Training on GPU Clusters (2021), section 2.2.
 */
public final class Pipeline extends CommunicatorRanks implements Partition {
    private final int microBatches;

    /** {@code microBatches} is into how many a full batch is cut. */
    public Pipeline(final Communicator ranks, final int microBatches) {
        super(ranks);
        Operands.require(microBatches >= 1, "microBatches", microBatches, "at least 1");
        this.microBatches = microBatches;
    }

    @Override
    public ModelPart part(final Graph graph, final Engine engine, final int maxBatch, final long seed) {
        return new PipelineStage(this, graph, engine, Math.ceilDiv(maxBatch, microBatches), seed);
    }

    @Override
    public String description() {
        return "pipeline of %d, %d micro-batches".formatted(size(), microBatches);
    }

    int stageOf(final int rank) {
        return size() - 1 - rank;
    }

    int rankOf(final int stage) {
        return size() - 1 - stage;
    }

    boolean isFirstStage() {
        return rank() == size() - 1;
    }

    boolean isLastStage() {
        return rank() == 0;
    }

    /** The rank of the stage that this one's values come from. */
    int before() {
        return rank() + 1;
    }

    /** The rank of the stage that they go to. */
    int after() {
        return rank() - 1;
    }
}
