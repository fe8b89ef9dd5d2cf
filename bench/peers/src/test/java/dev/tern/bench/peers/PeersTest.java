package dev.tern.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.ConvType;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import dev.tern.bench.LstmCase;
import dev.tern.bench.Prepared;
import dev.tern.bench.SparseCase;
import dev.tern.bench.SparseType;
import dev.tern.bench.TrainingCase;
import dev.tern.bench.Truth;
import java.lang.foreign.Arena;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Runs each peer on a ragged shape in every type that it takes; {@code scripts/bench gemm --smoke} and {@code conv
 * --smoke} do so as in a run.
 */
class PeersTest {

    @Test
    void shouldComputeWhatTheTypeSays() {
        for (final BenchSystem system : new Peers().systems()) {
            final Set<String> ran = new TreeSet<>();
            try (BenchSystem.Session session = system.open(2)) {
                problems().filter(system::takes).forEach(problem -> {
                    check(system, session, problem);
                    ran.add(problem.op() + " " + problem.type().label());
                });
            }
            assertTrue(ran.containsAll(least(system)), () -> system.label() + " ran " + ran);
        }
    }

    private static Set<String> least(final BenchSystem system) {
        return switch (system.label()) {
            case "onnxruntime-int8" -> Set.of("gemm f32s4-g32", "gemm u8s4-g128");
            case "onnxruntime" -> union(Set.of("gemm f32", "gemm f32s4-g128", "conv f32", "lstm f32"), bytes());
            case "djl-pytorch" -> Set.of("training f32");
            case "onednn" -> union(Set.of("gemm f32", "conv f32", "lstm f32"), union(bytes(), halves()));
            default -> bytes();
        };
    }

    private static Set<String> bytes() {
        return Processor.MULTIPLIES_BYTES ? Set.of("gemm u8s8s32", "gemm s8s8s32", "conv u8s8u8") : Set.of();
    }

    private static Set<String> halves() {
        return Processor.HAS_AVX512 ? Set.of("gemm bf16") : Set.of();
    }

    private static Set<String> union(final Set<String> some, final Set<String> others) {
        return Stream.concat(some.stream(), others.stream()).collect(Collectors.toSet());
    }

    private static Stream<BenchCase> problems() {
        final Stream<BenchCase> products = Stream.of("5x7x11", "5x7x65", "3x5x7x11")
                .flatMap(shape -> Stream.of(GemmType.values()).map(type -> GemmCase.of(type, shape)));
        final Stream<BenchCase> convolutions = Stream.of("2x7x9x5-6-3x3s2p1", "1x5x6x16-16-3x3s1p1g16")
                .flatMap(shape -> Stream.of(ConvType.values()).map(type -> ConvCase.of(type, shape)));
        final Stream<BenchCase> others =
                Stream.of(SparseCase.of(SparseType.of("f32-csr-90%"), "5x8x12"), LstmCase.of(GemmType.F32, "3x5x7-17"));
        final Stream<BenchCase> trainings =
                Stream.of("mlp-3", "cnn-2", "lstm-2").map(shape -> TrainingCase.of(GemmType.F32, shape));
        return Stream.of(products, convolutions, others, trainings).flatMap(cases -> cases);
    }

    private static void check(final BenchSystem system, final BenchSystem.Session session, final BenchCase problem) {
        try (Arena arena = Arena.ofShared()) {
            final Inputs inputs = Inputs.random(problem, arena);
            try (Prepared prepared = session.prepare(problem, inputs)) {
                prepared.run();
                assertEquals(
                        OptionalLong.empty(),
                        Truth.of(problem, inputs).firstWrong(prepared.output(), system.rounding()),
                        () -> system.label() + " " + problem);
            }
        }
    }
}
