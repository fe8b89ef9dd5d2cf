package dev.tern.cli;

import dev.tern.nn.EpochResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.Styler.YAxisPosition;

/** Loss and accuracy by epoch as {@code FILE.svg} and {@code FILE.png}, each replaced at once. */
final class LearningCurves {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 540;
    private static final int ACCURACY_AXIS = 1;

    private LearningCurves() {}

    /** Draws an encoded chart to a stream. */
    private interface Encoder {
        void write(OutputStream out) throws IOException;
    }

    static void write(final String title, final List<EpochResult> epochs, final Path beside) throws IOException {
        final XYChart chart = chart(title, epochs);
        replace(
                Path.of(beside + ".svg"),
                out -> VectorGraphicsEncoder.saveVectorGraphic(
                        chart, out, VectorGraphicsEncoder.VectorGraphicsFormat.SVG));
        replace(Path.of(beside + ".png"), out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
    }

    private static XYChart chart(final String title, final List<EpochResult> epochs) {
        final XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("epoch")
                .build();
        chart.setYAxisGroupTitle(0, "loss");
        chart.setYAxisGroupTitle(ACCURACY_AXIS, "accuracy, %");
        chart.getStyler().setYAxisGroupPosition(ACCURACY_AXIS, YAxisPosition.Right);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setXAxisDecimalPattern("0");
        add(chart, "training loss", epochs, EpochResult::loss, 0);
        add(chart, "training accuracy", epochs, epoch -> 100 * epoch.accuracy(), ACCURACY_AXIS);
        if (epochs.getFirst().validation() != null) {
            add(chart, "validation loss", epochs, epoch -> epoch.validation().loss(), 0);
            add(
                    chart,
                    "validation accuracy",
                    epochs,
                    epoch -> 100 * epoch.validation().accuracy(),
                    ACCURACY_AXIS);
        }
        return chart;
    }

    private static void add(
            final XYChart chart,
            final String name,
            final List<EpochResult> epochs,
            final ToDoubleFunction<EpochResult> value,
            final int axis) {
        final double[] x = epochs.stream().mapToDouble(EpochResult::epoch).toArray();
        chart.addSeries(name, x, epochs.stream().mapToDouble(value).toArray()).setYAxisGroup(axis);
    }

    private static void replace(final Path file, final Encoder encoder) throws IOException {
        final Path target = file.toAbsolutePath();
        final Path staged = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".part");
        try {
            try (OutputStream out = Files.newOutputStream(staged)) {
                encoder.write(out);
            }
            Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(staged);
        }
    }
}
