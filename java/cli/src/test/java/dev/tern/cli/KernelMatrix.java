package dev.tern.cli;

import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs every kernel that this JVM can reach on every combination of types that it has, and prints a line for each:
 * {@code types backend path}. The path of a kernel is the last word of its stem: an instruction set, a vector width or
 * a kind of device.
 */
final class KernelMatrix {
    private static final int EVERY = 7; // the whole list of cases is run by each backend's own tests

    private KernelMatrix() {}

    /** A combination of types: the operation that has it, and cases to run. */
    record Combination(Gemm gemm, boolean packed, List<GemmCase> cases) {
        String name() {
            final String types = ("" + gemm.aType() + gemm.bType() + gemm.yType()).toLowerCase(Locale.ROOT);
            return types + "-" + gemm.layout().name().toLowerCase(Locale.ROOT) + (packed ? "-packed" : "");
        }
    }

    /** What backends may be asked for. */
    static List<Combination> combinations() {
        final List<Combination> all = new ArrayList<>();
        for (final Layout layout : Layout.values()) {
            final List<GemmCase> cases = some(GemmCases.f32(layout));
            all.add(new Combination(Gemm.of(8, 8).layout(layout), false, cases));
            if (layout != Layout.TN) {
                all.add(new Combination(Gemm.of(8, 8).layout(layout), true, cases));
            }
        }
        for (final DataType a : List.of(DataType.U8, DataType.S8)) {
            for (final DataType b : List.of(DataType.S8, DataType.S4, DataType.S2)) {
                for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
                    final Quantization one = Quantization.symmetric(1);
                    final Gemm gemm = Gemm.of(8, 8).types(a, b, y).quantization(one, one, one);
                    all.add(new Combination(gemm, true, some(GemmCases.bytes(a, b, y))));
                }
            }
        }
        for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
            final Gemm gemm = Gemm.of(8, 8).types(DataType.B1, DataType.B1, y);
            all.add(new Combination(gemm, true, some(GemmCases.signs(y))));
        }
        return all;
    }

    private static List<GemmCase> some(final List<GemmCase> cases) {
        return IntStream.range(0, cases.size())
                .filter(i -> i % EVERY == 0)
                .mapToObj(cases::get)
                .toList();
    }

    /** The paths that a combination ran on, as {@code backend path}. */
    static Stream<String> run(final Combination combination, final String target) {
        try (Engine offers = Engine.builder().device(target).build()) {
            return offers.candidates(combination.gemm()).stream()
                    .map(candidate -> check(combination, candidate, target))
                    .toList()
                    .stream();
        }
    }

    private static String check(final Combination combination, final Candidate candidate, final String target) {
        try (Engine engine = Engine.builder()
                        .device(target)
                        .kernel(candidate.kernel())
                        .threads(2)
                        .build();
                GemmDifferential differential = new GemmDifferential(engine)) {
            combination.cases().forEach(combination.packed() ? differential::checkPacked : differential::checkUnpacked);
        }
        return candidate.backend() + " " + path(candidate.kernel());
    }

    static String path(final String stem) {
        return stem.substring(stem.lastIndexOf('_') + 1);
    }

    /** With targets as arguments, or all of them without any. */
    public static void main(final String[] targets) {
        final List<String> all;
        try (Engine engine = Engine.builder().build()) {
            all = targets.length == 0 ? engine.targets() : List.of(targets);
        }
        for (final String target : all) {
            for (final Combination combination : combinations()) {
                run(combination, target).forEach(ran -> System.out.println(combination.name() + " " + ran));
            }
        }
    }
}
