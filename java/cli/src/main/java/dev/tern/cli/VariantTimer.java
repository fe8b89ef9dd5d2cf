package dev.tern.cli;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Stopwatch;
import dev.tern.Tensor;
import dev.tern.Tuning;
import dev.tern.model.ExecutionContext;
import dev.tern.model.Executor;
import dev.tern.model.Graph;
import dev.tern.nn.Evaluation;
import dev.tern.nn.Pixels;
import dev.tern.nn.data.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs forms of a model on every backend: how right, and how fast, all in turn in one process. */
final class VariantTimer implements AutoCloseable {
    private final Samples test;
    private final List<Contender> contenders = new ArrayList<>();
    private final List<ExecutionContext> contexts = new ArrayList<>();

    private record Contender(
            String name, String target, Graph graph, double accuracy, Engine engine, Executor executor) {}

    VariantTimer(final Samples test) {
        this.test = test;
    }

    /** Adds a form of the model on a backend, and runs the test samples through it. */
    void add(final String name, final Graph graph, final String target) {
        final Engine engine =
                Engine.builder().device(target).tuning(Tuning.MEASURE).build();
        final double accuracy = Evaluation.of(graph, test, engine).accuracy();
        contenders.add(
                new Contender(name, target, graph, accuracy, engine, Executor.compile(graph, engine, Demo.LARGE)));
    }

    /** Times all of them at each batch size. */
    List<DemoReport.Variant> time(final List<Integer> batches) {
        final List<Map<String, Double>> times = new ArrayList<>();
        contenders.forEach(c -> times.add(new LinkedHashMap<>()));
        for (final int batch : batches) {
            final double[] nanos =
                    Stopwatch.nanos(contenders.stream().map(c -> run(c, batch)).toList());
            for (int i = 0; i < nanos.length; i++) {
                times.get(i).put(String.valueOf(batch), nanos[i] / 1e6);
            }
        }
        final List<DemoReport.Variant> variants = new ArrayList<>();
        for (int i = 0; i < contenders.size(); i++) {
            final Contender c = contenders.get(i);
            variants.add(new DemoReport.Variant(
                    c.name(), c.target(), c.graph().parameterBytes(), c.accuracy(), times.get(i)));
        }
        return variants;
    }

    private Runnable run(final Contender contender, final int batch) {
        final ExecutionContext context = contender.executor().newContext();
        contexts.add(context);
        final Tensor x = Pixels.of(test, 0, batch, contender.graph().inputType());
        final Tensor y =
                Tensor.allocate(DataType.F32, contender.graph().outputType().shape(batch));
        return () -> context.run(x, y);
    }

    @Override
    public void close() {
        contexts.forEach(ExecutionContext::close);
        for (final Contender contender : contenders) {
            contender.executor().close();
            contender.engine().close();
        }
    }
}
