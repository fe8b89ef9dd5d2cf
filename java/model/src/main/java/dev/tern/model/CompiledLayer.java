package dev.tern.model;

import dev.tern.Conv2d;
import dev.tern.Explanation;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Pool2d;

/**
 * A node as an executor runs it.
 *
 * @param weights its packed weights; null for a layer without any
 * @param plan how the engine computes it; null where the host does
 */
public record CompiledLayer(Node node, PackedWeights weights, Plan plan) {
    public boolean isPlanned() {
        return plan != null;
    }

    /** Why runs of so many samples go where they go, for a layer that is planned. */
    public Explanation explain(final long batch) {
        return plan.explain(rows(batch));
    }

    /** How many of the operation's rows so many samples are. */
    long rows(final long batch) {
        return switch (plan.operation()) {
            case final Conv2d conv -> batch * Math.max(1, conv.positions());
            case final Pool2d pool -> batch * Math.max(1, pool.positions());
            default -> batch;
        };
    }
}
