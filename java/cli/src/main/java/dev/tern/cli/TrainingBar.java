package dev.tern.cli;

import dev.tern.nn.EpochResult;
import dev.tern.nn.TrainingListener;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** Draws how training goes, and hands each epoch on as a line. */
final class TrainingBar implements TrainingListener, AutoCloseable {
    private final ProgressBar bar;
    private final int epochs;
    private final Consumer<String> lines;

    TrainingBar(final String model, final int epochs, final Consumer<String> lines) {
        this.bar = Progress.bar("train " + model, -1);
        this.epochs = epochs;
        this.lines = lines;
    }

    @Override
    public void stepDone(final int epoch, final int samplesDone, final int samples, final double loss) {
        bar.maxHint((long) epochs * samples);
        bar.stepTo((epoch - 1L) * samples + samplesDone);
        bar.setExtraMessage(String.format(Locale.ROOT, "epoch %d, loss %.4f", epoch, loss));
    }

    @Override
    public void epochDone(final EpochResult result) {
        final String validation = result.validation() == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", validation accuracy %.2f %%",
                        100 * result.validation().accuracy());
        lines.accept(String.format(
                Locale.ROOT,
                "epoch %2d: loss %.4f%s, %,.0f samples/s",
                result.epoch(),
                result.loss(),
                validation,
                result.samplesPerSecond()));
    }

    @Override
    public void close() {
        bar.close();
    }
}
