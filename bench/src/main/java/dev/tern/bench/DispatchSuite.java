package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Kernel;
import dev.tern.Plan;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.Tuning;
import dev.tern.ffm.NativeLibrary;
import dev.tern.ffm.bindings.LibTern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** What a run costs before anything is computed: the downcall, the plan, the fork and join. */
final class DispatchSuite {
    /** Workers spin for some 50 µs before they park. */
    private static final long PAUSE_NANOS = 1_000_000;

    private static final int PARKED_RUNS = 50;

    private final Results.Method method;
    private final Stopwatch stopwatch = new Stopwatch();
    private final List<Row> rows = new ArrayList<>();

    private DispatchSuite(final Results.Method method) {
        this.method = method;
    }

    /** Rows for this process alone: no peer has such a part that could be called by itself. */
    static List<Row> measure(final int threads, final Results.Method method) {
        final Thread thread = Thread.currentThread();
        final ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(EmptyBackend.loader());
        try {
            final DispatchSuite suite = new DispatchSuite(method);
            suite.measureDowncall();
            suite.measurePlan();
            suite.measureForkJoin(threads);
            return suite.rows;
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void measureDowncall() {
        if (NativeLibrary.get().isLoaded()) {
            spinning("downcall", "tern_abi_version", 1, LibTern::tern_abi_version);
        }
    }

    private void measurePlan() {
        try (Engine engine = engine(1, EmptyBackend.RETURN)) {
            spinning("plan", EmptyBackend.RETURN.name(), 1, run(engine));
        }
    }

    private void measureForkJoin(final int threads) {
        try (Engine engine = engine(threads, EmptyBackend.FORK_JOIN)) {
            final Runnable run = run(engine);
            spinning("fork_join", EmptyBackend.FORK_JOIN.name(), threads, run);
            parked("fork_join_parked", EmptyBackend.FORK_JOIN.name(), threads, run);
        }
    }

    private static Engine engine(final int threads, final Kernel kernel) {
        return Engine.builder()
                .threads(threads)
                .device(EmptyBackend.DEVICE)
                .kernel(kernel.name())
                .tuning(Tuning.MODEL)
                .build();
    }

    /** A plan's whole way from the call to the kernel, checks included. */
    private static Runnable run(final Engine engine) {
        final Shape one = Shape.of(1, 1);
        final Plan plan = engine.compile(Gemm.of(1, 1));
        final Tensor a = Tensor.of(one, 1f);
        final Tensor b = Tensor.of(one, 1f);
        final Tensor y = Tensor.of(one, 0f);
        return () -> plan.run(a, b, y);
    }

    /** One run after the other. */
    private void spinning(final String op, final String kernel, final int threads, final Runnable run) {
        stopwatch.warm(run, method.warmUps());
        final double[] medians = new double[method.alternations()];
        double min = Double.POSITIVE_INFINITY;
        for (int i = 0; i < medians.length; i++) {
            final Stopwatch.Window window = stopwatch.time(run, method.windowMs() * 1_000_000);
            medians[i] = window.median();
            min = Math.min(min, window.min());
        }
        add(op, kernel, threads, medians, min);
    }

    /** With a pause before each run, in which the workers park. */
    private void parked(final String op, final String kernel, final int threads, final Runnable run) {
        final double[] medians = new double[method.alternations()];
        double min = Double.POSITIVE_INFINITY;
        for (int i = 0; i < medians.length; i++) {
            final double[] times = new double[PARKED_RUNS];
            for (int j = 0; j < PARKED_RUNS; j++) {
                LockSupport.parkNanos(PAUSE_NANOS);
                final long begin = System.nanoTime();
                run.run();
                times[j] = System.nanoTime() - begin;
            }
            Arrays.sort(times);
            medians[i] = Stopwatch.median(times, PARKED_RUNS);
            min = Math.min(min, times[0]);
        }
        add(op, kernel, threads, medians, min);
    }

    private void add(
            final String op, final String kernel, final int threads, final double[] medians, final double min) {
        Arrays.sort(medians);
        final double median = Stopwatch.median(medians, medians.length);
        final double spread = (medians[medians.length - 1] - medians[0]) / median;
        rows.add(Row.ofCall("dispatch", op, threads, kernel, median, min, spread));
    }
}
