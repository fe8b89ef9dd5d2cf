package dev.tern;

import dev.tern.machine.HardwareKey;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Picks the fastest kernel among those that compute the same thing, and says why. */
final class Dispatcher {
    private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());
    private static final double WORTH_A_CHANGE = 0.95; // a new winner must be this much faster than the one in place
    private static final double HOPELESS = 64; // times the best estimate; estimates are wrong by less

    private final Engine engine;
    private final Tuning tuning;
    private final TuningCache cache;
    private final Map<String, String> given;
    private final Map<String, String> made = new ConcurrentSkipListMap<>();
    private final Set<String> fallbacksLogged = ConcurrentHashMap.newKeySet();

    /** {@code given}: choices not to be made anew, as {@link #choices} has them. */
    Dispatcher(final Engine engine, final Tuning tuning, final TuningCache cache, final Map<String, String> given) {
        this.engine = engine;
        this.tuning = tuning;
        this.cache = cache;
        this.given = Map.copyOf(given);
    }

    /** A backend's kernel on a device, for one operation. */
    private record Option(Backend backend, Device device, Kernel kernel) {
        String id() {
            return device.name() + "/" + backend.name() + "/" + kernel.name();
        }
    }

    /** Which option has to go, and why. */
    private static final class CompilationFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Option option;
        private final RuntimeException reason;

        CompilationFailure(final Option option, final RuntimeException reason) {
            super(reason);
            this.option = option;
            this.reason = reason;
        }
    }

    /** What was given, and what was chosen so far, by operation and class of rows. */
    Map<String, String> choices() {
        final Map<String, String> all = new LinkedHashMap<>(given);
        all.putAll(made);
        return Map.copyOf(all);
    }

    /** Times of the options, and which one to take. */
    private record Timing(Map<Option, Double> nanos, Option chosen, Candidate.Source source) {}

    Plan.Choice choose(final Operation operation, final PackedWeights weights, final RowClass rows) {
        final long start = System.nanoTime();
        final List<Candidate> refused = new ArrayList<>();
        final List<Option> options = options(operation, refused);
        if (options.isEmpty()) {
            throw new UnsupportedOperationException(
                    operation.signature() + " on " + engine.target() + ": " + reasons(refused));
        }
        List<Option> left = given(workload(operation, weights, rows), options, refused);
        while (true) {
            try {
                return choose(operation, weights, rows, left, refused, start);
            } catch (final CompilationFailure e) {
                left = without(e, left, refused); // what was hopeless beside it may be the best now
            }
        }
    }

    /** The option that was given for a workload; all of them where none was. */
    private List<Option> given(final String workload, final List<Option> options, final List<Candidate> refused) {
        final String id = given.get(workload);
        if (id == null) {
            return options;
        }
        final List<Option> chosen =
                options.stream().filter(o -> o.id().equals(id)).toList();
        Require.that(!chosen.isEmpty(), "choices", workload + ": " + id, "one of " + ids(options));
        options.stream()
                .filter(o -> !o.id().equals(id))
                .forEach(o -> refused.add(refused(o, "another choice was given")));
        return chosen;
    }

    private static String ids(final List<Option> options) {
        return options.stream().map(Option::id).collect(Collectors.joining(", "));
    }

    private static String workload(final Operation operation, final PackedWeights weights, final RowClass rows) {
        return String.join("; ", operation.signature(), weights == null ? "unpacked" : "packed", rows.word());
    }

    private Plan.Choice choose(
            final Operation operation,
            final PackedWeights weights,
            final RowClass rows,
            final List<Option> options,
            final List<Candidate> refused,
            final long start) {
        final List<Candidate> others = new ArrayList<>(refused);
        final Timing timing = timing(operation, weights, rows, withoutHopeless(operation, rows, options, others));
        final Option chosen = timing.chosen();
        final Executable executable = compile(chosen, operation, weights);
        made.put(workload(operation, weights, rows), chosen.id());
        logFallback(operation, chosen, refused);
        final Explanation explanation = explain(operation, rows, timing, others);
        DispatchEvent.emit(explanation, System.nanoTime() - start);
        return new Plan.Choice(executable, explanation);
    }

    /** A driver's compiler may fail where the driver said that it can; another backend does the work then. */
    private static List<Option> without(
            final CompilationFailure failure, final List<Option> options, final List<Candidate> refused) {
        if (options.size() == 1) {
            throw failure.reason;
        }
        final String reason = "does not compile: " + failure.reason.getMessage();
        LOG.log(Level.WARNING, "{0} {1}", failure.option.id(), reason);
        refused.add(refused(failure.option, reason));
        return options.stream().filter(o -> !o.equals(failure.option)).toList();
    }

    /** What {@link #choose} would choose from, untimed. */
    List<Candidate> candidates(final Operation operation) {
        return options(operation, new ArrayList<>()).stream()
                .map(o -> candidate(o, Double.NaN, Candidate.Source.NONE, Candidate.Verdict.BEATEN, ""))
                .toList();
    }

    List<Candidate> candidates(final Operation operation, final RowClass rows) {
        return estimates(operation, rows, options(operation, new ArrayList<>())).entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(e -> candidate(e.getKey(), e.getValue(), Candidate.Source.MODEL, Candidate.Verdict.BEATEN, ""))
                .toList();
    }

    private List<Option> options(final Operation operation, final List<Candidate> refused) {
        final List<Option> options = new ArrayList<>();
        engine.unavailable()
                .forEach((name, reason) -> refused.add(Candidate.refused(name, "-", "not available: " + reason)));
        for (final Backend backend : engine.available()) {
            if (engine.target().admits(backend)) {
                addOptions(operation, backend, options, refused);
            } else {
                refused.add(Candidate.refused(backend.name(), "-", "device pinned to " + engine.target()));
            }
        }
        return withoutNeedlessFallback(options, refused);
    }

    /** A driver that is slow to start may say only now, when asked for devices, that it does not work. */
    private void addOptions(
            final Operation operation,
            final Backend backend,
            final List<Option> options,
            final List<Candidate> refused) {
        final List<Device> devices = backend.devices();
        if (devices.isEmpty()) {
            final String reason = "not available: " + backend.probe().detail();
            refused.add(Candidate.refused(backend.name(), "-", reason));
        }
        for (final Device device : devices) {
            addOptions(operation, backend, device, options, refused);
        }
    }

    private void addOptions(
            final Operation operation,
            final Backend backend,
            final Device device,
            final List<Option> options,
            final List<Candidate> refused) {
        if (!engine.target().admits(backend, device)) {
            refused.add(Candidate.refused(backend.name(), device.name(), "device pinned to " + engine.target()));
            return;
        }
        final Support support = backend.supports(operation, device);
        if (!support.isYes()) {
            refused.add(Candidate.refused(backend.name(), device.name(), support.reason()));
        }
        for (final Kernel kernel : support.kernels()) {
            final Option option = new Option(backend, device, kernel);
            if (engine.maxIsa() != null && !engine.maxIsa().admits(kernel.isa())) {
                refused.add(refused(option, "above maxIsa " + engine.maxIsa().word()));
            } else if (!engine.kernel().isEmpty() && !engine.kernel().equals(kernel.name())) {
                refused.add(refused(option, "pinned to kernel " + engine.kernel()));
            } else {
                options.add(option);
            }
        }
    }

    private List<Option> withoutNeedlessFallback(final List<Option> options, final List<Candidate> refused) {
        final boolean needless = options.stream().anyMatch(o -> !o.backend().isFallback());
        if (!needless) {
            return options;
        }
        options.stream()
                .filter(o -> o.backend().isFallback())
                .forEach(o -> refused.add(refused(o, "only where nothing else has the operation")));
        return options.stream().filter(o -> !o.backend().isFallback()).toList();
    }

    /** Measuring what a large problem takes seconds on would cost more than it could show. */
    private List<Option> withoutHopeless(
            final Operation operation, final RowClass rows, final List<Option> options, final List<Candidate> others) {
        final Map<Option, Double> estimates = estimates(operation, rows, options);
        final double best = estimates.get(fastest(estimates));
        final List<Option> worth = new ArrayList<>();
        estimates.forEach((option, nanos) -> {
            if (nanos <= HOPELESS * best) {
                worth.add(option);
            } else {
                final String reason = String.format(Locale.ROOT, "estimated at %.0f x the time", nanos / best);
                others.add(candidate(option, nanos, Candidate.Source.MODEL, Candidate.Verdict.BEATEN, reason));
            }
        });
        return worth;
    }

    private Map<Option, Double> estimates(final Operation operation, final RowClass rows, final List<Option> options) {
        final Map<Option, Double> nanos = new LinkedHashMap<>();
        for (final Option o : options) {
            final double estimate = o.backend()
                    .estimateNanos(operation, o.device(), o.kernel(), rows.representative(), engine.threads());
            nanos.put(o, estimate);
        }
        return nanos;
    }

    private static Candidate refused(final Option option, final String reason) {
        return candidate(option, Double.NaN, Candidate.Source.NONE, Candidate.Verdict.REFUSED, reason);
    }

    private static Candidate candidate(
            final Option option,
            final double nanos,
            final Candidate.Source source,
            final Candidate.Verdict verdict,
            final String reason) {
        return new Candidate(
                option.backend().name(),
                option.device().name(),
                option.kernel().name(),
                option.kernel().isa(),
                nanos,
                source,
                verdict,
                reason);
    }

    private Timing timing(
            final Operation operation, final PackedWeights weights, final RowClass rows, final List<Option> options) {
        final String key = key(operation, weights, rows);
        final Optional<TuningCache.Entry> kept = tuning == Tuning.MODEL ? Optional.empty() : cache.get(key);
        final boolean complete = kept.isPresent()
                && options.stream().allMatch(o -> kept.get().nanos().containsKey(o.id()));
        if (complete && tuning != Tuning.REMEASURE) {
            return fromCache(options, kept.get());
        }
        return tuning == Tuning.MEASURE || tuning == Tuning.REMEASURE
                ? measure(operation, weights, rows, options, key, kept)
                : fromModel(operation, rows, options);
    }

    private Timing fromCache(final List<Option> options, final TuningCache.Entry kept) {
        final Map<Option, Double> nanos = new LinkedHashMap<>();
        options.forEach(o -> nanos.put(o, kept.nanos().get(o.id())));
        return new Timing(nanos, incumbentOrFastest(nanos, o -> o.id().equals(kept.chosen())), Candidate.Source.CACHED);
    }

    private Timing fromModel(final Operation operation, final RowClass rows, final List<Option> options) {
        final Map<Option, Double> nanos = estimates(operation, rows, options);
        return new Timing(nanos, fastest(nanos), Candidate.Source.MODEL);
    }

    private Timing measure(
            final Operation operation,
            final PackedWeights weights,
            final RowClass rows,
            final List<Option> options,
            final String key,
            final Optional<TuningCache.Entry> kept) {
        final long start = System.nanoTime();
        final RandomOperands operands = RandomOperands.of(operation, weights != null, rows.representative());
        final double[] times = Stopwatch.nanos(options.stream()
                .map(o -> compile(o, operation, weights))
                .map(executable -> (Runnable) () -> operands.run(executable))
                .toList());
        final Map<Option, Double> nanos = new LinkedHashMap<>();
        final Map<String, Double> byId = new LinkedHashMap<>();
        kept.ifPresent(entry -> byId.putAll(entry.nanos()));
        for (int i = 0; i < times.length; i++) {
            nanos.put(options.get(i), times[i]);
            byId.put(options.get(i).id(), times[i]);
        }
        final String incumbent = kept.map(TuningCache.Entry::chosen).orElse("");
        final Option chosen = incumbentOrFastest(nanos, o -> o.id().equals(incumbent));
        cache.put(key, new TuningCache.Entry(chosen.id(), byId));
        TuningEvent.emit(key, chosen.id(), System.nanoTime() - start);
        return new Timing(nanos, chosen, Candidate.Source.MEASURED);
    }

    private static <T> T fastest(final Map<T, Double> nanos) {
        return nanos.entrySet().stream()
                .min(Comparator.comparingDouble(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }

    /** The fastest, unless the one in place is within the noise of it. */
    static <T> T incumbentOrFastest(final Map<T, Double> nanos, final Predicate<T> isIncumbent) {
        final T fastest = fastest(nanos);
        return nanos.keySet().stream()
                .filter(isIncumbent)
                .filter(t -> nanos.get(fastest) > WORTH_A_CHANGE * nanos.get(t))
                .findFirst()
                .orElse(fastest);
    }

    private Executable compile(final Option option, final Operation operation, final PackedWeights weights) {
        try {
            return option.backend().compile(operation, option.device(), option.kernel(), weights, engine.execution());
        } catch (final RuntimeException e) {
            throw new CompilationFailure(option, e);
        }
    }

    private Explanation explain(
            final Operation operation, final RowClass rows, final Timing timing, final List<Candidate> others) {
        final double best = timing.nanos().get(timing.chosen());
        final List<Candidate> candidates = new ArrayList<>();
        timing.nanos().forEach((option, nanos) -> candidates.add(considered(option, nanos, timing, best)));
        candidates.addAll(others);
        candidates.sort(Comparator.comparing(Candidate::verdict).thenComparingDouble(Candidate::nanos));
        return new Explanation(operation.signature(), rows, engine.threads(), candidates.getFirst(), candidates);
    }

    private static Candidate considered(
            final Option option, final double nanos, final Timing timing, final double best) {
        final boolean chosen = option.equals(timing.chosen());
        return candidate(
                option,
                nanos,
                timing.source(),
                chosen ? Candidate.Verdict.CHOSEN : Candidate.Verdict.BEATEN,
                chosen ? chosenReason(timing) : beatenReason(nanos / best));
    }

    private static String chosenReason(final Timing timing) {
        final String how = timing.source() == Candidate.Source.MODEL ? "estimated" : "measured";
        return timing.nanos().size() == 1 ? "the only candidate" : "fastest " + how;
    }

    private static String beatenReason(final double ratio) {
        return ratio < 1
                ? "faster by less than the 5 % that a change is worth"
                : String.format(Locale.ROOT, "%.2f x the time", ratio);
    }

    private void logFallback(final Operation operation, final Option chosen, final List<Candidate> refused) {
        if (chosen.backend().isFallback()
                && engine.target().backend().isEmpty()
                && fallbacksLogged.add(operation.signature())) {
            LOG.log(Level.WARNING, "{0} runs on the slow reference: {1}", operation.signature(), reasons(refused));
        }
    }

    private static String reasons(final List<Candidate> refused) {
        return refused.stream().map(c -> c.backend() + " (" + c.reason() + ")").collect(Collectors.joining(", "));
    }

    private String key(final Operation operation, final PackedWeights weights, final RowClass rows) {
        final String kernels = engine.available().stream()
                .map(b -> b.name() + " " + b.version())
                .collect(Collectors.joining("; "));
        return String.join(
                "; ", HardwareKey.ofThisMachine(), kernels, workload(operation, weights, rows), "t" + engine.threads());
    }
}
