package dev.tern.compress;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.nn.BatchLoader;
import dev.tern.nn.data.Samples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Runs a float graph over samples and counts what occurs at some of its values. */
final class Calibration {
    private static final int BATCH = 64;

    private Calibration() {}

    static Map<String, Histogram> observe(
            final Graph graph, final List<String> values, final Samples samples, final Engine engine) {
        final Map<String, Histogram> seen = new LinkedHashMap<>();
        values.forEach(value -> seen.put(value, new Histogram()));
        if (values.isEmpty()) {
            return seen;
        }
        final Graph observed = graph.withOutputs(values);
        final int[] order = IntStream.range(0, samples.size()).toArray();
        final BatchLoader loader = new BatchLoader(samples, engine, BATCH);
        try (Executor executor = Executor.compile(observed, engine, BATCH);
                ExecutionContext context = executor.newContext()) {
            for (int from = 0; from < samples.size(); from += BATCH) {
                final int batch = Math.min(BATCH, samples.size() - from);
                final Tensor x = Tensor.allocate(DataType.F32, graph.inputType().shape(batch));
                loader.load(order, from, batch, x);
                final List<Tensor> outputs = values.stream()
                        .map(value ->
                                Tensor.allocate(DataType.F32, graph.type(value).shape(batch)))
                        .toList();
                context.run(List.of(x), outputs);
                for (int i = 0; i < outputs.size(); i++) {
                    seen.get(values.get(i)).addAll(outputs.get(i).segment());
                }
            }
        }
        return seen;
    }
}
