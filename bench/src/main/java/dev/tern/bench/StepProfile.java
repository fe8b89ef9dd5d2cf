package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.nn.Adam;
import dev.tern.nn.BatchLoader;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.Network;
import dev.tern.nn.SoftmaxCrossEntropy;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Steps of training by Adam on real samples, each part of which is timed. */
final class StepProfile {
    private static final String LOAD = "load";
    private static final String LOSS = "loss";
    private static final String OPTIMIZER = "optimizer";
    /** What is not the network. */
    static final List<String> AROUND = List.of(LOAD, LOSS, OPTIMIZER);

    private static final float RATE = 1e-4f;
    private static final int STEPS = 200;

    private final Samples samples;
    private final int batch;
    private final Engine engine;
    private final Network network;
    private final BatchLoader loader;
    private final int[] order;
    private final SoftmaxCrossEntropy entropy = new SoftmaxCrossEntropy();
    private final Adam adam = new Adam();
    private final Map<String, double[]> micros = new LinkedHashMap<>();
    private int step;
    private long last;

    StepProfile(
            final Graph graph, final Samples samples, final Transform transform, final int batch, final Engine engine) {
        this.samples = samples;
        this.batch = batch;
        this.engine = engine;
        network = new Network(graph, engine, batch);
        loader = new BatchLoader(samples, transform, 1, engine, batch);
        order = IntStream.range(0, samples.size()).toArray();
    }

    /** In microseconds, of each part the median, once the code is compiled. */
    Map<String, Double> median() {
        TrainingCase.warmUp(this::run);
        for (step = 0; step < STEPS; step++) {
            run();
        }
        final Map<String, Double> medians = new LinkedHashMap<>();
        micros.forEach((part, times) -> {
            Arrays.sort(times);
            medians.put(part, times[STEPS / 2]);
        });
        return medians;
    }

    private void run() {
        last = System.nanoTime();
        final int from = step * batch % (samples.size() - batch + 1);
        final Tensor labels = loader.load(order, from, batch, 1, network.input(batch));
        done(LOAD);
        network.forward(batch, node -> done(node + ", forward"));
        entropy.evaluate(network.output(batch), labels, network.outputGradient(batch));
        done(LOSS);
        network.backward(batch, GradientExchange.NONE, node -> done(node + ", backward"));
        adam.step(network.parameters(), RATE, engine);
        done(OPTIMIZER);
    }

    private void done(final String part) {
        final long now = System.nanoTime();
        micros.computeIfAbsent(part, _ -> new double[STEPS])[step] = (now - last) / 1e3;
        last = now;
    }
}
