package dev.tern.nn;

import dev.tern.model.Graph;
import java.util.List;

/** The trained graph and how it came to be. */
public record TrainingResult(Graph graph, List<EpochResult> epochs) {
    public TrainingResult {
        epochs = List.copyOf(epochs);
    }
}
