package dev.tern.cli;

import dev.tern.probe.ProbeReport;
import java.util.List;
import java.util.Map;

/**
 * What the main job yields.
 *
 * @param variants each form of the model on each backend
 * @param layers each layer of the model, and in which form it runs
 */
public record DemoReport(
        ProbeReport machine, Data data, String model, List<Variant> variants, List<Layer> layers, Saving saving) {
    public record Data(String name, int trainSamples, int testSamples) {}

    /**
     * @param name {@code f32} or {@code int8}
     * @param bytes of parameters
     * @param latencyMs median time of one run, by batch size; the f32 model from reals in, the int8 model from bytes in
     */
    public record Variant(String name, String backend, long bytes, double accuracy, Map<String, Double> latencyMs) {}

    /** @param chosen type and kernel, as for a batch of {@link Demo#LARGE} */
    public record Layer(String name, String op, String chosen, String reason, List<Candidate> candidates) {}

    public record Candidate(String backend, String kernel, String type, double medianNs) {}

    /**
     * f32 over int8, each on its fastest backend.
     *
     * @param accuracyPoints what int8 loses, in percentage points
     * @param speed by batch size
     * @param int8Layers layers that really run in int8
     */
    public record Saving(double bytes, double accuracyPoints, Map<String, Double> speed, int int8Layers, int layers) {}
}
