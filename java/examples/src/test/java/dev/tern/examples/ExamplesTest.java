package dev.tern.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    @Test
    void shouldLinkTheKernelsAlone() {
        final double error = LinkingExample.run();
        assertTrue(error > 0 && error < 0.02, "error " + error);
    }

    @Test
    void shouldTrainQuantizeAndRunAnMlp(@TempDir final Path folder) throws IOException {
        final MlpExample.Accuracies accuracies = MlpExample.run(folder);
        assertTrue(accuracies.floats() > 0.92, "accuracy " + accuracies.floats());
        assertEquals(accuracies.floats(), accuracies.integers(), 0.01);
    }

    @Test
    void shouldTrainAndQuantizeACnn() {
        final CnnExample.Accuracies accuracies = CnnExample.run();
        assertTrue(accuracies.floats() > 0.96, "accuracy " + accuracies.floats());
        assertEquals(accuracies.floats(), accuracies.integers(), 0.01);
    }

    @Test
    void shouldTrainAnLstmAndGoOn(@TempDir final Path folder) throws IOException {
        final double accuracy = LstmExample.run(folder);
        assertTrue(accuracy > 0.92, "accuracy " + accuracy);
    }
}
