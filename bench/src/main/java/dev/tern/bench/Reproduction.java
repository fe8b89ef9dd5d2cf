package dev.tern.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Published figures that can be had again. */
interface Reproduction {
    /** All that there are. */
    static List<Reproduction> all() {
        return List.of(
                new MlpMnist(),
                TrainedAccuracy.of("lenet-300-100", "mnist", 98.3).epochs(16).rate(2e-3f),
                TrainedAccuracy.of("lenet-5", "mnist", 99.2).epochs(12).rate(2e-3f),
                TrainedAccuracy.of("lenet-5", "mnist", 99.2)
                        .epochs(12)
                        .rate(2e-3f)
                        .replicas(2),
                TrainedAccuracy.of("lstm", "mnist", 98.5).epochs(10).rate(3e-3f),
                TrainedAccuracy.of("cnn", "cifar10", 76)
                        .epochs(30)
                        .rate(2e-3f)
                        .flipped()
                        .normalized(),
                TrainedAccuracy.of("cnn", "fashion-mnist", 92)
                        .epochs(30)
                        .rate(2e-3f)
                        .flipped()
                        .normalized());
    }

    /** What commands, and files of results, call it. */
    String name();

    /** Measures anew, and says meanwhile how it goes. Fetches data that is not there. */
    List<Figure> reproduce(Consumer<String> lines) throws IOException, InterruptedException;
}
