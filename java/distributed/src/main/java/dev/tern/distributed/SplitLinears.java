package dev.tern.distributed;

import dev.tern.Engine;
import dev.tern.model.Graph;
import dev.tern.nn.ModelPart;
import dev.tern.nn.Partition;

/**
 * A model whose pairs of linear layers are shared out, unit by unit: of the first of a pair each rank has some rows of
 * the weights, of the second the columns for the same units. All ranks compute all other layers, on the same samples,
 * to the same bits where they have the same kernels.
 *
 * <p>Source: Shoeybi et al., Megatron-LM (2019), section 3.
 */
public final class SplitLinears extends CommunicatorRanks implements Partition {
    public SplitLinears(final Communicator ranks) {
        super(ranks);
    }

    /** Refuses a graph without two linear layers in a row. */
    @Override
    public ModelPart part(final Graph graph, final Engine engine, final int maxBatch, final long seed) {
        return new SplitModel(this, graph, engine, maxBatch, seed);
    }

    @Override
    public String description() {
        return "linear layers split by " + size();
    }
}
