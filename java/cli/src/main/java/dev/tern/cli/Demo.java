package dev.tern.cli;

import dev.tern.Candidate;
import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Tuning;
import dev.tern.compress.LayerComparison;
import dev.tern.compress.PostTrainingQuantization;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import dev.tern.nn.Initializer;
import dev.tern.nn.Trainer;
import dev.tern.nn.data.DataSet;
import dev.tern.probe.Probe;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** The main job: train in floats, quantize what gets faster by it, and measure what that saved on this machine. */
public final class Demo {
    /** The batch of a request that waits for its answer. */
    static final int SMALL = 1;

    /** The batch of a job that has all its data. */
    static final int LARGE = 256;

    private static final String MODEL = "mlp";
    private static final int EPOCHS = 8;
    private static final int CALIBRATION_SAMPLES = 512;
    private static final long SEED = 1;

    private final DataSet data;
    private final Consumer<String> lines;

    /** @param lines hears how it goes */
    public Demo(final DataSet data, final Consumer<String> lines) {
        this.data = data;
        this.lines = lines;
    }

    public DemoReport run() {
        try (Engine engine = Engine.builder().tuning(Tuning.MEASURE).build()) {
            final Graph floats = train(engine);
            lines.accept("quantizing to int8 with " + CALIBRATION_SAMPLES + " training images");
            final Graph all = quantize(engine, floats, List.of());
            final List<LayerComparison> layers = LayerComparison.of(floats, all, engine, LARGE);
            final List<String> slower = layers.stream()
                    .filter(layer -> !layer.integersAreFaster())
                    .map(LayerComparison::name)
                    .toList();
            final Graph integers = slower.isEmpty() ? all : quantize(engine, floats, slower);
            final List<DemoReport.Variant> variants = variants(engine, floats, integers);
            return new DemoReport(
                    Probe.read(),
                    new DemoReport.Data(
                            data.name(), data.train().size(), data.test().size()),
                    MODEL,
                    variants,
                    layers.stream().map(Demo::layer).toList(),
                    saving(variants, layers));
        }
    }

    private Graph train(final Engine engine) {
        lines.accept(String.format(
                Locale.ROOT,
                "training %s on %,d images of %s",
                MODEL,
                data.train().size(),
                data.name()));
        final Graph fresh = Initializer.initialise(Models.byName(MODEL), SEED);
        try (TrainingBar bar = new TrainingBar(MODEL, EPOCHS, lines)) {
            return new Trainer(fresh, engine)
                    .epochs(EPOCHS)
                    .listener(bar)
                    .seed(SEED)
                    .train(data.train())
                    .graph();
        }
    }

    private Graph quantize(final Engine engine, final Graph floats, final List<String> kept) {
        final int samples = Math.min(CALIBRATION_SAMPLES, data.train().size());
        return new PostTrainingQuantization(engine)
                .keep(kept)
                .quantize(floats, data.train().slice(0, samples));
    }

    private List<DemoReport.Variant> variants(final Engine engine, final Graph floats, final Graph integers) {
        lines.accept("running both on every backend");
        final List<String> targets = engine.targets();
        try (VariantTimer timer = new VariantTimer(data.test());
                ProgressBar bar = Progress.bar("measure", 2L * targets.size() + 1)) {
            for (final String target : targets) {
                bar.setExtraMessage(target);
                timer.add("f32", floats, target);
                bar.step();
                timer.add("int8", integers, target);
                bar.step();
            }
            bar.setExtraMessage("all in turn");
            return timer.time(List.of(SMALL, LARGE));
        }
    }

    private static DemoReport.Layer layer(final LayerComparison layer) {
        final List<DemoReport.Candidate> candidates = new ArrayList<>();
        addCandidates("f32", layer.floats(), candidates);
        addCandidates("int8", layer.integers(), candidates);
        final boolean int8 = layer.integersAreFaster();
        final Candidate chosen = (int8 ? layer.integers() : layer.floats()).chosen();
        return new DemoReport.Layer(
                layer.name(),
                layer.integers().operation(),
                (int8 ? "int8" : "f32") + " " + chosen.backend() + " " + chosen.kernel(),
                String.format(Locale.ROOT, "int8 is %.2f x as fast as f32", layer.gain()),
                candidates);
    }

    private static void addCandidates(
            final String type, final Explanation explanation, final List<DemoReport.Candidate> into) {
        for (final Candidate c : explanation.candidates()) {
            if (c.verdict() != Candidate.Verdict.REFUSED) {
                into.add(new DemoReport.Candidate(c.backend(), c.kernel(), type, c.nanos()));
            }
        }
    }

    private static DemoReport.Saving saving(
            final List<DemoReport.Variant> variants, final List<LayerComparison> layers) {
        final Map<String, Double> speed = new LinkedHashMap<>();
        for (final int batch : List.of(SMALL, LARGE)) {
            final String key = String.valueOf(batch);
            speed.put(
                    key,
                    fastest(variants, "f32", key).latencyMs().get(key)
                            / fastest(variants, "int8", key).latencyMs().get(key));
        }
        final String large = String.valueOf(LARGE);
        final DemoReport.Variant before = fastest(variants, "f32", large);
        final DemoReport.Variant after = fastest(variants, "int8", large);
        return new DemoReport.Saving(
                (double) before.bytes() / after.bytes(),
                100 * (before.accuracy() - after.accuracy()),
                speed,
                (int) layers.stream().filter(LayerComparison::integersAreFaster).count(),
                layers.size());
    }

    private static DemoReport.Variant fastest(
            final List<DemoReport.Variant> variants, final String name, final String batch) {
        return variants.stream()
                .filter(v -> v.name().equals(name))
                .min(Comparator.comparingDouble(v -> v.latencyMs().get(batch)))
                .orElseThrow();
    }
}
