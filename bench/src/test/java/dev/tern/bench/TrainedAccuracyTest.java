package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainedAccuracyTest {
    /** Too few samples for the goal of the whole set, enough to be well above chance. */
    @Test
    void shouldTrainAndJudgeByTheTestSamples() {
        final DataSet sample = EmbeddedSample.load();
        final DataSet small = new DataSet(
                "small",
                sample.classes(),
                sample.train().slice(0, 1500),
                sample.test().slice(0, 300));
        final List<String> lines = new ArrayList<>();
        final List<Figure> figures = TrainedAccuracy.of("lenet-300-100", "mnist", 98.3)
                .epochs(2)
                .rate(2e-3f)
                .figures(small, lines::add);
        assertEquals(1, figures.size());
        assertTrue(figures.getFirst().measured() > 70, figures.toString());
        assertTrue(!figures.getFirst().met(), figures.toString());
        assertEquals(2, lines.size());
    }

    @Test
    void shouldTrainByReplicasOnChangedImages() {
        final DataSet sample = EmbeddedSample.load();
        final DataSet small = new DataSet(
                "small",
                sample.classes(),
                sample.train().slice(0, 1000),
                sample.test().slice(0, 200));
        final List<String> lines = new ArrayList<>();
        final List<Figure> figures = TrainedAccuracy.of("cnn", "mnist", 99)
                .epochs(2)
                .rate(2e-3f)
                .flipped()
                .normalized()
                .replicas(2)
                .figures(small, lines::add);
        assertTrue(figures.getFirst().measured() > 60, figures.toString());
        assertEquals("cnn-mnist-int8-gradients", figures.getFirst().name());
        assertEquals(2, lines.size(), "the first replica alone tells of it");
    }

    @Test
    void shouldHaveANameForEach() {
        final List<String> names =
                Reproduction.all().stream().map(Reproduction::name).toList();
        assertEquals(
                List.of(
                        "mlp-mnist",
                        "lenet-300-100-mnist",
                        "lenet-5-mnist",
                        "lenet-5-mnist-int8-gradients",
                        "lstm-mnist",
                        "cnn-cifar10",
                        "cnn-fashion-mnist"),
                names);
    }
}
