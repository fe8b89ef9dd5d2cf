package dev.tern.bench;

import dev.tern.cli.Demo;
import dev.tern.cli.DemoReport;
import dev.tern.nn.data.DataStore;
import dev.tern.nn.data.FetchProgress;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** {@code mlp-mnist}: the main job on the whole of MNIST, which is fetched where it is not there. */
final class MlpMnist implements Reproduction {
    static final String NAME = "mlp-mnist";
    private static final String DATA = "mnist";
    private static final double LEAST_ACCURACY = 98.0; // per cent
    private static final double MOST_LOST = 0.1; // percentage points
    private static final double LEAST_GAIN = 2.5;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Figure> reproduce(final Consumer<String> lines) throws IOException, InterruptedException {
        final DataStore store = DataStore.standard();
        store.fetch(DATA, FetchProgress.SILENT);
        return figures(new Demo(store.load(DATA), lines).run());
    }

    /** Of the backends, which agree on the accuracy but for rounding, the least accurate one counts. */
    static List<Figure> figures(final DemoReport report) {
        final double accuracy = report.variants().stream()
                .filter(variant -> variant.name().equals("f32"))
                .mapToDouble(DemoReport.Variant::accuracy)
                .min()
                .orElseThrow();
        final DemoReport.Saving saving = report.saving();
        return List.of(
                Figure.atLeast(NAME, "test accuracy in f32 after 8 epochs, %", LEAST_ACCURACY, 100 * accuracy),
                Figure.atMost(NAME, "test accuracy lost in int8, points", MOST_LOST, saving.accuracyPoints()),
                Figure.atLeast(
                        NAME,
                        "throughput of int8 over f32 at batch 256",
                        LEAST_GAIN,
                        saving.speed().get("256")));
    }
}
