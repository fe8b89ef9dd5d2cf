package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingCaseTest {
    /** Each product forward, by its weights, and, but for the first layer, by its input. */
    @ParameterizedTest
    @CsvSource({
        "mlp-1, 409088", // 2 * 2 * 784 * 128 + 3 * 2 * 128 * 10
        "cnn-1, 19693056", // 2 * 995328 + 3 * (5308416 + 589824 + 2560)
        "lstm-1, 34643456", // 2 * 28 * 512 * (3 * 128 + 2 * 28) + 2 * 28 * 512 * 6 * 128 + 3 * 2560
        "mlp-7, 2863616"
    })
    void shouldCountTheProducts(final String shape, final long operations) {
        assertEquals(operations, TrainingCase.of(GemmType.F32, shape).operations());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn-0", "resnet-8", "mlp-8x8"})
    void shouldRefuseWhatItDoesNotKnow(final String shape) {
        assertThrows(IllegalArgumentException.class, () -> TrainingCase.of(GemmType.F32, shape));
    }

    /** The gradient of every model by our kernels is that of the reference, and a changed one is not. */
    @ParameterizedTest
    @ValueSource(strings = {"mlp-3", "lenet-300-100-2", "lenet-5-2", "cnn-2", "lstm-3"})
    void shouldTellARightGradientFromAWrongOne(final String shape) {
        final TrainingCase training = TrainingCase.of(GemmType.F32, shape);
        final BenchSystem system = BenchSystems.named("tern:native");
        assertTrue(system.takes(training));
        try (Arena arena = Arena.ofShared();
                BenchSystem.Session session = system.open(2)) {
            final Inputs inputs = Inputs.random(training, arena);
            final Truth truth = Truth.of(training, inputs);
            try (Prepared prepared = session.prepare(training, inputs)) {
                prepared.run();
                final MemorySegment y = prepared.output();
                assertEquals(OptionalLong.empty(), truth.firstWrong(y));
                final long last = y.byteSize() / Float.BYTES - 1;
                y.setAtIndex(ValueLayout.JAVA_FLOAT, last, -2 * y.getAtIndex(ValueLayout.JAVA_FLOAT, last) - 1);
                assertEquals(OptionalLong.of(last), truth.firstWrong(y));
            }
        }
    }

    @Test
    void shouldBeginWithTheParametersOfTheInputs() {
        final TrainingCase training = TrainingCase.of(GemmType.F32, "mlp-3");
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment b = Inputs.random(training, arena).b();
            assertEquals(
                    b.getAtIndex(ValueLayout.JAVA_FLOAT, 784 * 128 + 128 + 5),
                    training.graph(b).parameters().get("fc2.weight").tensor().floatAt(5));
        }
    }
}
