package dev.tern.model;

import dev.tern.PackedWeights;
import dev.tern.Plan;

/**
 * A node as an executor runs it.
 *
 * @param weights its packed weights; null, like the plan, where the host computes the layer itself
 * @param plan how the engine computes it
 */
public record CompiledLayer(Node node, PackedWeights weights, Plan plan) {
    public boolean isPlanned() {
        return plan != null;
    }
}
