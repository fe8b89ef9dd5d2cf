package dev.tern;

import dev.tern.machine.CpuTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The entry to everything: owns the worker threads, the native memory and the backends. Safe for any number of threads;
 * one engine serves a whole program.
 *
 * <pre>{@code
 * try (Engine engine = Engine.builder().threads(2).build();
 *      PackedWeights w = engine.pack(
 *          Gemm.of(n, k).types(U8, S8, U8).quantization(qx, qw, qy).bias(b).relu(), weights)) {
 *   Plan plan = engine.compile(w);    // any number of rows
 *   plan.run(x, y);                   // x: [m, k] u8, y: [m, n] u8
 *   System.out.println(plan.explain(1));
 * }
 * }</pre>
 */
public final class Engine implements AutoCloseable {
    private final Gate gate = new Gate("engine");
    private final Target target;
    private final Isa maxIsa;
    private final String kernel;
    private final List<Backend> backends = new ArrayList<>();
    private final Map<String, String> unavailable = new LinkedHashMap<>();
    private final WorkerPool pool;
    private final Memory memory = new Memory();
    private final Transfers transfers = new Transfers();
    private final Execution execution;
    private final Dispatcher dispatcher;
    private final Set<PackedWeights> weights = ConcurrentHashMap.newKeySet();

    private Engine(final Builder builder) {
        target = Target.parse(builder.device);
        maxIsa = builder.maxIsa;
        kernel = builder.kernel;
        loadBackends(builder.backends);
        requireTarget();
        pool = new WorkerPool(builder.threads);
        execution = new Execution(pool, memory, transfers);
        dispatcher = new Dispatcher(this, builder.tuning, new TuningCache(builder.cache), builder.choices);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Copies weights and takes ownership of the copy; packed forms follow as plans need them. */
    public PackedWeights pack(final Operation operation, final Tensor from) {
        Require.notNull(operation, "operation").checkWeights(from);
        gate.enter();
        try {
            final PackedWeights packed = new PackedWeights(this, operation, from);
            weights.add(packed);
            return packed;
        } finally {
            gate.leave();
        }
    }

    /** Copies sparse weights. */
    public PackedWeights pack(final Spmm operation, final SparseMatrix weights) {
        Require.notNull(operation, "operation");
        Require.that(
                Require.notNull(weights, "weights").sparsity() == operation.sparsity(),
                "weights sparsity",
                weights.sparsity(),
                operation.sparsity().toString());
        return pack(operation, weights.toDense());
    }

    /** A plan that runs with packed weights. */
    public Plan compile(final PackedWeights packed) {
        Require.that(
                Require.notNull(packed, "weights").engine() == this, "weights", "of another engine", "of this one");
        return new Plan(this, packed.operation(), packed);
    }

    /** A plan whose operands both come with each run, as in training. */
    public Plan compile(final Operation operation) {
        final boolean packed = Require.notNull(operation, "operation").requiresPacking();
        Require.that(!packed, "operation", operation, "one whose weights need not be packed");
        return new Plan(this, operation, null);
    }

    /** A tensor on a device; contents are undefined. */
    public Tensor allocate(final Device device, final DataType type, final Shape shape) {
        Require.notNull(device, "device");
        if (device.isHost()) {
            return Tensor.allocate(type, shape);
        }
        for (final Backend backend : backends) {
            if (backend.devices().contains(device)) {
                return Tensor.of(backend.allocate(device, type.bytes(shape.elements()), execution), type, shape);
            }
        }
        throw Require.refuse("device", device.name(), devices().toString());
    }

    /** All devices that some backend reaches. */
    public List<Device> devices() {
        final List<Device> devices = new ArrayList<>();
        for (final Backend backend : backends) {
            backend.devices().stream().filter(d -> !devices.contains(d)).forEach(devices::add);
        }
        return devices;
    }

    /** The most specific names that {@link Builder#device} takes here: {@code cpu:native}, {@code opencl:cpu:0} … */
    public List<String> targets() {
        final List<String> names = new ArrayList<>();
        for (final Backend backend : backends) {
            for (final Device device : backend.devices()) {
                names.add(device.isHost() ? "cpu:" + backend.name() : device.name());
            }
        }
        return names;
    }

    /** Every backend that was found, by name, and whether it can be used or why not. Starts all drivers to find out. */
    public Map<String, Availability> backends() {
        final Map<String, Availability> all = new LinkedHashMap<>();
        for (final Backend backend : backends) {
            backend.devices();
            all.put(backend.name(), backend.probe());
        }
        unavailable.forEach((name, reason) -> all.put(name, Availability.no(reason)));
        return all;
    }

    /** The kernels that this engine may choose from for an operation. */
    public List<Candidate> candidates(final Operation operation) {
        return dispatcher.candidates(Require.notNull(operation, "operation"));
    }

    /** The same with what the model expects of them for so many rows, the most promising first. */
    public List<Candidate> candidates(final Operation operation, final long rows) {
        return dispatcher.candidates(Require.notNull(operation, "operation"), RowClass.of(rows));
    }

    /** Threads that work on one run, the caller's among them. */
    public int threads() {
        return pool.threads();
    }

    /**
     * Lends the engine's threads: runs {@code task} over {@code [0, count)} in ranges of {@code chunk}, the caller
     * taking part, and waits. While another thread has the workers, the caller does it alone. Allocates nothing.
     */
    public void parallel(final RangeTask task, final long count, final long chunk) {
        gate.enter();
        try {
            execution.parallel(task, count, chunk);
        } finally {
            gate.leave();
        }
    }

    /**
     * The kernels given to it or chosen by its plans so far, by operation and class of rows, for
     * {@link Builder#choices}.
     */
    public Map<String, String> choices() {
        return dispatcher.choices();
    }

    /** Copies made since the engine was built. */
    public Transfers transfers() {
        return transfers;
    }

    /** Native memory that the engine holds for weights, in bytes. */
    public long bytesInUse() {
        return memory.bytesInUse();
    }

    /** Waits for runs under way, frees all weights and stops the threads. */
    @Override
    public void close() {
        if (gate.close()) {
            weights.forEach(PackedWeights::free);
            backends.forEach(Backend::close);
            pool.close();
            memory.close();
        }
    }

    private void loadBackends(final List<Backend> given) {
        final List<Backend> found = new ArrayList<>(given);
        if (given.isEmpty()) {
            final BackendLoader loader = new BackendLoader();
            found.addAll(loader.found());
            unavailable.putAll(loader.failures());
        }
        for (final Backend backend : found) {
            final Availability availability = backend.probe();
            if (availability.available()) {
                backends.add(backend);
            } else {
                unavailable.put(backend.name(), availability.detail());
            }
        }
    }

    private void requireTarget() {
        if (target.isAuto()) {
            return;
        }
        for (final Backend backend : backends) {
            if (target.admits(backend) && backend.devices().stream().anyMatch(d -> target.admits(backend, d))) {
                return;
            }
        }
        backends.forEach(Backend::close);
        throw Require.refuse(
                "device", target, "auto, cpu, " + String.join(", ", targets()) + "; not available: " + unavailable);
    }

    List<Backend> available() {
        return backends;
    }

    Map<String, String> unavailable() {
        return unavailable;
    }

    Target target() {
        return target;
    }

    Isa maxIsa() {
        return maxIsa;
    }

    /** The one kernel that is admitted, or empty for any. */
    String kernel() {
        return kernel;
    }

    Execution execution() {
        return execution;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Gate gate() {
        return gate;
    }

    void forget(final PackedWeights packed) {
        weights.remove(packed);
    }

    /** Settings; their defaults come from the system properties {@code tern.*}. */
    public static final class Builder {
        private int threads = Integer.getInteger("tern.threads", CpuTopology.physicalCores());
        private String device = System.getProperty("tern.device", "auto");
        private Isa maxIsa = property("tern.maxIsa");
        private String kernel = "";
        private List<Backend> backends = List.of();
        private Tuning tuning = Tuning.CACHED;
        private Map<String, String> choices = Map.of();
        private Path cache = TuningCache.defaultFile();

        private Builder() {}

        private static Isa property(final String name) {
            final String word = System.getProperty(name);
            return word == null ? null : Isa.of(word);
        }

        /** Threads for one run, the caller's among them; by default one for each physical core. */
        public Builder threads(final int count) {
            Require.that(count >= 1 && count <= 1024, "threads", count, "1 to 1024");
            threads = count;
            return this;
        }

        /** Takes its share of the threads, as one of so many engines that run side by side. */
        public Builder sharedBy(final int engines) {
            Require.that(engines >= 1, "engines", engines, "at least 1");
            threads = Math.max(1, threads / engines);
            return this;
        }

        /** {@code auto}, {@code cpu}, {@code cpu:BACKEND}, or a device of {@link Engine#devices}. */
        public Builder device(final String name) {
            device = Require.notNull(name, "device");
            return this;
        }

        /** Keeps to kernels for this instruction set and those below it. */
        public Builder maxIsa(final Isa isa) {
            maxIsa = isa;
            return this;
        }

        /** Keeps to the kernel of this name, for whoever measures or tests one; an operation without it is refused. */
        public Builder kernel(final String name) {
            kernel = Require.notNull(name, "kernel");
            return this;
        }

        /** These backends instead of those that are installed. */
        Builder backends(final List<Backend> given) {
            backends = List.copyOf(given);
            return this;
        }

        public Builder tuning(final Tuning mode) {
            tuning = Require.notNull(mode, "tuning");
            return this;
        }

        /** The file that keeps measurements; by default below the user's cache folder, or {@code tern.cache}. */
        public Builder cache(final Path file) {
            cache = Require.notNull(file, "cache");
            return this;
        }

        /**
         * Takes kernels as they were chosen before, by {@link Engine#choices}, for results that are the same to the
         * last bit. One that is not to be had here is refused when it is needed.
         */
        public Builder choices(final Map<String, String> made) {
            choices = Map.copyOf(Require.notNull(made, "choices"));
            return this;
        }

        /** Refuses a device that is not there, naming those that are. */
        public Engine build() {
            Require.that(threads >= 1 && threads <= 1024, "threads", threads, "1 to 1024");
            return new Engine(this);
        }
    }
}
