package dev.tern.cli;

import dev.tern.model.Graph;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import picocli.CommandLine.Option;

/** How samples are changed before they are learnt from. */
final class TransformOptions {
    @Option(names = "--flip", description = "Mirror half of the images, left to right.")
    private boolean flips;

    @Option(
            names = "--jitter",
            paramLabel = "F",
            defaultValue = "0",
            description = "The most that brightness and contrast of an image change, as a share of the whole.")
    private float jitter;

    @Option(names = "--normalize", description = "Each channel, or column, to mean 0 and standard deviation 1.")
    private boolean normalizes;

    /** Tells {@code trainer}; where images are larger than the graph's input, the crop is drawn, too. */
    Trainer configure(final Trainer trainer, final Graph graph, final Samples samples) {
        Transform transform = Transform.of(graph, samples.format()).withJitter(jitter, jitter);
        if (flips) {
            transform = transform.withFlips();
        }
        return trainer.transform(normalizes ? transform.normalized(Normalization.of(samples)) : transform);
    }
}
