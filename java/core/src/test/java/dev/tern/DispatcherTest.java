package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Candidate.Source;
import dev.tern.Candidate.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DispatcherTest {
    private static final long SLOW = 3_000_000;
    private static final long FAST = 300_000;
    private static final Gemm GEMM = Gemm.of(2, 3);

    @TempDir
    Path folder;

    private Path cache;

    @BeforeEach
    void nameTheCache() {
        cache = folder.resolve("tuning.tsv");
    }

    private Explanation explain(final Tuning tuning, final Backend... backends) {
        try (Engine engine = Engine.builder()
                .backends(List.of(backends))
                .tuning(tuning)
                .cache(cache)
                .build()) {
            return engine.compile(GEMM).explain(1);
        }
    }

    @Test
    void shouldTrustTheModelWhereNothingWasMeasured() {
        final Explanation explanation = explain(
                Tuning.CACHED,
                new FakeBackend("tortoise", SLOW).estimate(1),
                new FakeBackend("hare", FAST).estimate(2));
        assertEquals("tortoise", explanation.chosen().backend());
        assertEquals(Source.MODEL, explanation.chosen().source());
        assertEquals("2.00 x the time", explanation.candidates().get(1).reason());
    }

    @Test
    void shouldNameTheMostPromisingCandidateFirst() {
        try (Engine engine = Engine.builder()
                .backends(List.of(
                        new FakeBackend("hare", FAST).estimate(2), new FakeBackend("tortoise", SLOW).estimate(1)))
                .build()) {
            final List<Candidate> candidates = engine.candidates(GEMM, 1);
            assertEquals("tortoise", candidates.getFirst().backend());
            assertEquals(1, candidates.getFirst().nanos());
        }
    }

    @Test
    void shouldTrustMeasurementOverTheModelAndRememberIt() {
        final Backend[] backends = {
            new FakeBackend("tortoise", SLOW).estimate(1), new FakeBackend("hare", FAST).estimate(2)
        };
        final Explanation measured = explain(Tuning.MEASURE, backends);
        assertEquals("hare", measured.chosen().backend());
        assertEquals(Source.MEASURED, measured.chosen().source());
        final Explanation cached = explain(Tuning.CACHED, backends);
        assertEquals("hare", cached.chosen().backend());
        assertEquals(Source.CACHED, cached.chosen().source());
    }

    @Test
    void shouldTakeTheChoicesOfAnotherEngine() {
        final Map<String, String> choices;
        try (Engine engine = Engine.builder()
                .backends(List.of(new FakeBackend("tortoise", SLOW).estimate(1)))
                .build()) {
            engine.compile(GEMM).explain(1);
            choices = engine.choices();
        }
        assertEquals(1, choices.size());
        try (Engine engine = Engine.builder()
                .backends(List.of(
                        new FakeBackend("tortoise", SLOW).estimate(2), new FakeBackend("hare", FAST).estimate(1)))
                .choices(choices)
                .build()) {
            final Plan plan = engine.compile(GEMM);
            assertEquals("tortoise", plan.explain(1).chosen().backend());
            assertEquals(
                    "another choice was given",
                    plan.explain(1).candidates().getLast().reason());
            assertEquals("hare", plan.explain(300).chosen().backend(), "of rows that were not chosen for");
        }
        try (Engine engine = Engine.builder()
                .backends(List.of(new FakeBackend("hare", FAST).estimate(1)))
                .choices(choices)
                .build()) {
            final Plan plan = engine.compile(GEMM);
            final String said = assertThrows(IllegalArgumentException.class, () -> plan.explain(1))
                    .getMessage();
            assertTrue(said.startsWith("choices: got " + GEMM.signature()) && said.contains("hare"), said);
        }
    }

    @Test
    void shouldKeepTheIncumbentAgainstALeadWithinNoise() {
        final Map<String, Double> within = Map.of("incumbent", 100.0, "challenger", 96.0);
        final Map<String, Double> beyond = Map.of("incumbent", 100.0, "challenger", 94.0);
        assertEquals("incumbent", Dispatcher.incumbentOrFastest(within, "incumbent"::equals));
        assertEquals("challenger", Dispatcher.incumbentOrFastest(beyond, "incumbent"::equals));
        assertEquals("challenger", Dispatcher.incumbentOrFastest(within, "absent"::equals));
    }

    @Test
    void shouldSayWhyEachCandidateWasRefused() {
        final Explanation explanation = explain(
                Tuning.CACHED,
                new FakeBackend("absent", FAST).availability(Availability.no("no driver")),
                new FakeBackend("unable", FAST).support(Support.no("no gemm here")),
                new FakeBackend("able", FAST));
        assertEquals("able", explanation.chosen().backend());
        final List<String> refusals = explanation.candidates().stream()
                .filter(c -> c.verdict() == Verdict.REFUSED)
                .map(c -> c.backend() + ": " + c.reason())
                .toList();
        assertEquals(List.of("absent: not available: no driver", "unable: no gemm here"), refusals);
        assertTrue(explanation.toString().contains("no driver"));
    }

    @Test
    void shouldSayWhyABackendThatSeemedToWorkHasNoDevice() {
        final Backend driver = new FakeBackend("late", FAST) {
            @Override
            public List<Device> devices() {
                availability(Availability.no("its driver did not start"));
                return List.of();
            }
        };
        final Explanation explanation = explain(Tuning.CACHED, driver, new FakeBackend("hare", FAST));
        assertEquals("hare", explanation.chosen().backend());
        assertEquals(
                "not available: its driver did not start",
                explanation.candidates().getLast().reason());
        try (Engine engine = Engine.builder().backends(List.of(driver)).build()) {
            assertEquals(Map.of("late", Availability.no("its driver did not start")), engine.backends());
        }
    }

    @Test
    void shouldNotLookForDevicesOfABackendThatThePinExcludes() {
        final Backend slow = new FakeBackend("slow", FAST) {
            @Override
            public List<Device> devices() {
                throw new AssertionError("asked for devices");
            }
        };
        try (Engine engine = Engine.builder()
                .backends(List.of(slow, new FakeBackend("hare", FAST)))
                .device("cpu:hare")
                .cache(cache)
                .build()) {
            final Explanation explanation = engine.compile(GEMM).explain(1);
            assertEquals("hare", explanation.chosen().backend());
            assertEquals(
                    "device pinned to cpu:hare",
                    explanation.candidates().getLast().reason());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MODEL", "MEASURE"})
    void shouldGoOnWithoutAKernelThatDoesNotCompile(final Tuning tuning) {
        final Explanation explanation = explain(tuning, broken(), new FakeBackend("hare", SLOW));
        assertEquals("hare", explanation.chosen().backend());
        assertEquals(
                "does not compile: its compiler crashed",
                explanation.candidates().getLast().reason());
    }

    @Test
    void shouldFailWhereTheOnlyKernelDoesNotCompile() {
        final var failure = assertThrows(IllegalStateException.class, () -> explain(Tuning.MODEL, broken()));
        assertEquals("its compiler crashed", failure.getMessage());
    }

    @Test
    void shouldTakeEvenWhatIsHopelessWhereTheBestDoesNotCompile() {
        final Explanation explanation =
                explain(Tuning.MODEL, broken(), new FakeBackend("snail", SLOW).estimate(1_000 * FAST));
        assertEquals("snail", explanation.chosen().backend());
    }

    private static Backend broken() {
        return new FakeBackend("broken", FAST) {
            @Override
            public Executable compile(
                    final Operation operation,
                    final Device device,
                    final Kernel kernel,
                    final PackedWeights weights,
                    final Execution execution) {
                throw new IllegalStateException("its compiler crashed");
            }
        };
    }

    @Test
    void shouldNotMeasureWhatIsEstimatedHopeless() {
        final Explanation explanation = explain(
                Tuning.MEASURE,
                new FakeBackend("snail", FAST).estimate(200),
                new FakeBackend("hare", SLOW).estimate(2));
        assertEquals("hare", explanation.chosen().backend());
        assertEquals(
                "estimated at 100 x the time",
                explanation.candidates().getLast().reason());
    }

    @Test
    void shouldRefuseKernelsAboveTheClamp() {
        final FakeBackend backend = new FakeBackend("simd", FAST)
                .support(Support.yes(List.of(new Kernel("wide", Isa.AVX512VNNI), new Kernel("narrow", Isa.AVX2))));
        try (Engine engine = Engine.builder()
                .backends(List.of(backend))
                .cache(cache)
                .maxIsa(Isa.AVX2)
                .build()) {
            final Explanation explanation = engine.compile(GEMM).explain(1);
            assertEquals("narrow", explanation.chosen().kernel());
            assertEquals("above maxIsa avx2", explanation.candidates().get(1).reason());
        }
    }

    @Test
    void shouldFailWhereNothingIsLeft() {
        final Backend unable = new FakeBackend("unable", FAST).support(Support.no("no gemm here"));
        final var failure = assertThrows(UnsupportedOperationException.class, () -> explain(Tuning.CACHED, unable));
        assertTrue(failure.getMessage().contains("unable (no gemm here)"), failure.getMessage());
    }

    @Test
    void shouldRecordChoicesAndMeasurementsAsEvents() throws Exception {
        final Path file = folder.resolve("events.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("dev.tern.Dispatch");
            recording.enable("dev.tern.Tuning");
            recording.start();
            explain(Tuning.MEASURE, new FakeBackend("hare", FAST));
            recording.stop();
            recording.dump(file);
        }
        final List<String> names = RecordingFile.readAllEvents(file).stream()
                .map(RecordedEvent::getEventType)
                .map(type -> type.getName())
                .toList();
        assertEquals(List.of("dev.tern.Tuning", "dev.tern.Dispatch"), names);
    }
}
