package dev.tern.cli;

import dev.tern.nn.EpochResult;
import dev.tern.nn.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** Draws how training goes: a bar, each epoch as a line, and curves beside a checkpoint. */
public final class TrainingBar implements TrainingListener, AutoCloseable {
    private final ProgressBar bar;
    private final String title;
    private final int epochs;
    private final List<EpochResult> results = new ArrayList<>();
    private final Consumer<String> lines;
    private Path curves;

    /** For so many epochs; each of them becomes a line. */
    public TrainingBar(final String title, final int epochs, final Consumer<String> lines) {
        this.bar = Progress.bar("train " + title, -1);
        this.title = title;
        this.epochs = epochs;
        this.lines = lines;
    }

    /** Draws curves beside that file, which begin with the epochs that were done before. */
    TrainingBar curves(final Path beside, final List<EpochResult> before) {
        curves = beside;
        results.addAll(before);
        return this;
    }

    @Override
    public void stepDone(final int epoch, final int samplesDone, final int samples, final double loss) {
        bar.maxHint((long) epochs * samples);
        bar.stepTo((epoch - 1L) * samples + samplesDone);
        bar.setExtraMessage(String.format(Locale.ROOT, "epoch %d, loss %.4f", epoch, loss));
    }

    @Override
    public void epochDone(final EpochResult result) {
        lines.accept(String.format(
                Locale.ROOT,
                "epoch %2d: loss %.4f, accuracy %.2f %%%s, %,.0f samples/s",
                result.epoch(),
                result.loss(),
                100 * result.accuracy(),
                validation(result),
                result.samplesPerSecond()));
        results.add(result);
        if (curves != null) {
            try {
                LearningCurves.write(title, results, curves);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static String validation(final EpochResult result) {
        return result.validation() == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", validation loss %.4f, accuracy %.2f %%",
                        result.validation().loss(),
                        100 * result.validation().accuracy());
    }

    @Override
    public void close() {
        bar.close();
    }
}
