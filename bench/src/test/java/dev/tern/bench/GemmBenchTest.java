package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.RowClass;
import dev.tern.Tuning;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

class GemmBenchTest {

    /** Stems that run here, of all backends but the reference. */
    private static Set<String> kernels() {
        final Set<String> kernels = new TreeSet<>();
        try (Engine engine =
                Engine.builder().threads(1).device("cpu").tuning(Tuning.MODEL).build()) {
            final Gemm floats = Gemm.of(33, 65);
            for (final Gemm gemm : List.of(
                    floats,
                    floats.types(DataType.U8, DataType.S8, DataType.S32),
                    floats.types(DataType.S8, DataType.S8, DataType.S32))) {
                engine.compile(gemm).prepare(RowClass.MANY).explain(17).candidates().stream()
                        .filter(candidate -> !candidate.backend().equals("reference"))
                        .map(Candidate::kernel)
                        .filter(kernel -> !kernel.isEmpty())
                        .forEach(kernels::add);
            }
        }
        return kernels;
    }

    private static Stream<String> runnable() {
        return kernels().stream();
    }

    @Test
    void shouldHaveEveryKernelAsAParameter() throws NoSuchFieldException {
        final List<String> stems = Arrays.asList(
                GemmBench.class.getField("kernel").getAnnotation(Param.class).value());
        assertTrue(stems.containsAll(kernels()), kernels() + " in " + stems);
    }

    @ParameterizedTest
    @MethodSource("runnable")
    void shouldComputeWhatItMeasures(final String kernel) {
        final GemmBench bench = new GemmBench();
        bench.kernel = kernel;
        bench.shape = "17x33x65";
        bench.prepare();
        try (Arena arena = Arena.ofShared()) {
            bench.run();
            final Truth truth = Truth.of(bench.gemm(), Inputs.random(bench.gemm(), arena));
            assertEquals(kernel, bench.prepared().kernel());
            assertEquals(OptionalLong.empty(), truth.firstWrong(bench.prepared().output()));
        } finally {
            bench.release();
        }
    }
}
