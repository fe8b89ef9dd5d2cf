package dev.tern.cli;

import dev.tern.BatchedGemm;
import dev.tern.Candidate;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Operation;
import dev.tern.Pool2d;
import dev.tern.Quantization;
import dev.tern.Reorder;
import dev.tern.Sparsity;
import dev.tern.Spmm;
import dev.tern.testing.BatchedCase;
import dev.tern.testing.BatchedCases;
import dev.tern.testing.BatchedDifferential;
import dev.tern.testing.ConvCase;
import dev.tern.testing.ConvCases;
import dev.tern.testing.ConvDifferential;
import dev.tern.testing.GemmCase;
import dev.tern.testing.GemmCases;
import dev.tern.testing.GemmDifferential;
import dev.tern.testing.LstmCase;
import dev.tern.testing.LstmCases;
import dev.tern.testing.LstmDifferential;
import dev.tern.testing.LstmTrainingDifferential;
import dev.tern.testing.PoolCase;
import dev.tern.testing.PoolCases;
import dev.tern.testing.PoolDifferential;
import dev.tern.testing.ReorderCase;
import dev.tern.testing.ReorderCases;
import dev.tern.testing.ReorderDifferential;
import dev.tern.testing.SpmmCase;
import dev.tern.testing.SpmmCases;
import dev.tern.testing.SpmmDifferential;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs every kernel that this JVM can reach on every combination of types that it has, and prints a line for each:
 * {@code types backend path}. The path of a kernel is the last word of its stem: an instruction set, a vector width or
 * a kind of device.
 */
final class KernelMatrix {
    private static final int EVERY = 7; // the whole list of cases is run by each backend's own tests

    private static final Set<String> ISA_OF_F32 = Set.of("scalar", "avx2", "avx512", "neon");
    private static final Set<String> ISA_OF_BF16 = Set.of("scalar", "avx2", "avx512", "avx512bf16", "neon");
    private static final Set<String> ISA_OF_INT8 = Set.of("scalar", "avx2", "avx512vnni", "amxint8", "dotprod", "i8mm");
    private static final Set<String> ISA_OF_NARROW = Set.of("scalar", "avx2", "avx512vnni", "amxint8", "dotprod");
    private static final Set<String> ISA_OF_SIGNS = Set.of("scalar", "avx2", "avx512vpopcntdq", "neon");
    private static final Set<String> ISA_OF_SPARSE_F32 = Set.of("scalar", "avx2", "avx512", "avx512vbmi");
    private static final Set<String> ISA_OF_SPARSE_INT8 = Set.of("scalar", "avx2", "avx512vnni", "avx512vbmi");
    private static final Set<String> ISA_OF_IMAGES = Set.of("scalar", "avx2", "avx512");

    private KernelMatrix() {}

    /**
     * A combination of types: an operation that has it, the instruction sets that have kernels for it, and cases to
     * run.
     */
    record Combination(String name, Operation operation, Set<String> isas, boolean openCl, Consumer<Engine> cases) {}

    /** What backends may be asked for. */
    static List<Combination> combinations() {
        final List<Combination> all = new ArrayList<>();
        for (final Layout layout : Layout.values()) {
            final List<GemmCase> cases = some(GemmCases.f32(layout));
            all.add(gemm(Gemm.of(8, 8).layout(layout), false, cases));
            if (layout != Layout.TN) {
                all.add(gemm(Gemm.of(8, 8).layout(layout), true, cases));
                addHalves(all, layout);
            }
        }
        for (final DataType a : List.of(DataType.U8, DataType.S8)) {
            for (final DataType b : List.of(DataType.S8, DataType.S4, DataType.S2)) {
                for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
                    final Quantization one = Quantization.symmetric(1);
                    final Gemm gemm = Gemm.of(8, 8).types(a, b, y).quantization(one, one, one);
                    all.add(gemm(gemm, true, some(GemmCases.bytes(a, b, y))));
                }
            }
        }
        for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
            final Gemm gemm = Gemm.of(8, 8).types(DataType.B1, DataType.B1, y);
            all.add(gemm(gemm, true, some(GemmCases.signs(y))));
        }
        for (final DataType a : List.of(DataType.F32, DataType.U8, DataType.S8)) {
            for (final DataType b : List.of(DataType.S8, DataType.S4, DataType.S2)) {
                all.add(scaled(a, b));
            }
        }
        all.add(scaled(DataType.F32, DataType.B1));
        for (final DataType a : List.of(DataType.U8, DataType.S8)) {
            final Gemm gemm = Gemm.of(8, 8).types(a, DataType.B1, DataType.S32);
            all.add(gemm(gemm, true, some(GemmCases.bytes(a, DataType.B1, DataType.S32))));
        }
        addBatches(all);
        addConvolutions(all);
        for (final DataType type : List.of(DataType.F32, DataType.U8, DataType.S8)) {
            PoolCases.kinds(type).map(KernelMatrix::pool).forEach(all::add);
            all.add(lstm(type));
        }
        all.add(training(Lstm.of(8, 8).training()));
        all.add(training(Lstm.of(8, 8).training().backward()));
        ReorderCases.kinds().map(KernelMatrix::reorder).forEach(all::add);
        for (final Sparsity sparsity : Sparsity.values()) {
            if (sparsity != Sparsity.BLOCK_1X4) {
                all.add(spmm("f32", ISA_OF_SPARSE_F32, some(SpmmCases.f32(sparsity))));
            }
            for (final DataType x : List.of(DataType.U8, DataType.S8)) {
                final List<SpmmCase> cases = some(SpmmCases.int8(x, DataType.U8, sparsity));
                all.add(spmm(x.toString().toLowerCase(Locale.ROOT), ISA_OF_SPARSE_INT8, cases));
            }
        }
        return all;
    }

    private static void addHalves(final List<Combination> all, final Layout layout) {
        final List<GemmCase> cases = some(GemmCases.bf16(layout));
        final Gemm gemm = Gemm.of(8, 8).layout(layout).types(DataType.BF16, DataType.BF16, DataType.F32);
        all.add(gemm(gemm, false, cases));
        all.add(gemm(gemm, true, cases));
    }

    private static Combination scaled(final DataType a, final DataType b) {
        final List<GemmCase> cases = GemmCases.scaled(a, b);
        return gemm(cases.getFirst().gemm(), true, some(cases));
    }

    private static void addBatches(final List<Combination> all) {
        for (final Layout layout : Layout.values()) {
            all.add(batched("f32-" + layout.name().toLowerCase(Locale.ROOT), false, GemmCases.f32(layout)));
        }
        all.add(batched("f32-packed", true, GemmCases.f32(Layout.NT)));
        for (final DataType a : List.of(DataType.U8, DataType.S8)) {
            all.add(batched(a + "-packed", true, GemmCases.int8(a, DataType.S32)));
        }
        all.add(batched("b1-packed", true, GemmCases.signs(DataType.S32)));
    }

    private static Combination batched(final String name, final boolean packed, final List<GemmCase> products) {
        final List<BatchedCase> cases = packed ? BatchedCases.packed(products) : BatchedCases.of(products);
        final Gemm product = products.getFirst().gemm();
        return new Combination("batched-" + name, BatchedGemm.of(2, product), isas(product), false, engine -> {
            try (BatchedDifferential differential = new BatchedDifferential(engine)) {
                cases.forEach(packed ? differential::checkPacked : differential::checkUnpacked);
            }
        });
    }

    private static void addConvolutions(final List<Combination> all) {
        all.add(conv(ConvCases.f32()));
        all.add(conv(ConvCases.backwardData()));
        all.add(conv(ConvCases.backwardWeights()));
        for (final DataType y : List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8)) {
            all.add(conv(ConvCases.int8(DataType.U8, y)));
            all.add(conv(ConvCases.int8(DataType.S8, y)));
            all.add(conv(ConvCases.signs(y).stream()
                    .filter(test -> test.conv().groups() == 1
                            || test.conv().groupChannels() % Byte.SIZE == 0) // others share bytes
                    .toList()));
        }
    }

    private static Combination conv(final List<ConvCase> all) {
        final List<ConvCase> cases = some(all);
        final Conv2d conv = cases.getFirst().conv();
        final Gemm product = conv.product();
        final String types = ("" + product.aType() + product.bType() + product.yType()).toLowerCase(Locale.ROOT);
        final boolean packed = conv.pass() != Conv2d.Pass.BACKWARD_WEIGHTS;
        final String name = "conv2d-" + conv.pass().name().toLowerCase(Locale.ROOT) + "-" + types;
        return new Combination(name, conv, isas(product), false, engine -> {
            try (ConvDifferential differential = new ConvDifferential(engine)) {
                cases.forEach(packed ? differential::checkPacked : differential::checkUnpacked);
            }
        });
    }

    private static Combination gemm(final Gemm gemm, final boolean packed, final List<GemmCase> cases) {
        final String types = ("" + gemm.aType() + gemm.bType() + gemm.yType()).toLowerCase(Locale.ROOT);
        final String layout = gemm.layout().name().toLowerCase(Locale.ROOT);
        final boolean openCl = !gemm.scalesWeights() && (gemm.bType() == DataType.F32 || gemm.bType() == DataType.S8);
        final String form = (gemm.scalesWeights() ? "-scaled" : "") + (packed ? "-packed" : "");
        return new Combination(types + "-" + layout + form, gemm, isas(gemm), openCl, engine -> {
            try (GemmDifferential differential = new GemmDifferential(engine)) {
                cases.forEach(packed ? differential::checkPacked : differential::checkUnpacked);
            }
        });
    }

    private static Set<String> isas(final Gemm gemm) {
        if (gemm.aType() == DataType.F32) {
            return ISA_OF_F32;
        }
        if (gemm.aType() == DataType.BF16) {
            return ISA_OF_BF16;
        }
        if (gemm.aType() == DataType.B1) {
            return ISA_OF_SIGNS;
        }
        final Set<String> isas = new TreeSet<>(gemm.bType() == DataType.S8 ? ISA_OF_INT8 : ISA_OF_NARROW);
        if (gemm.scalesWeights()) {
            isas.remove("amxint8");
        }
        return isas;
    }

    private static Combination pool(final Pool2d kind) {
        final List<PoolCase> cases = some(PoolCases.of(kind));
        return new Combination("pool-" + kind.word() + "-" + kind.type(), kind, ISA_OF_IMAGES, false, engine -> {
            try (PoolDifferential differential = new PoolDifferential(engine)) {
                cases.forEach(differential::checkUnpacked);
            }
        });
    }

    private static Combination reorder(final Reorder kind) {
        final List<ReorderCase> cases = some(ReorderCases.of(kind));
        final String name =
                kind.signature().substring(0, kind.signature().lastIndexOf(' ')).replace(' ', '-');
        return new Combination(name, kind, ISA_OF_IMAGES, false, engine -> {
            try (ReorderDifferential differential = new ReorderDifferential(engine)) {
                cases.forEach(differential::checkUnpacked);
            }
        });
    }

    private static Combination spmm(final String type, final Set<String> isas, final List<SpmmCase> cases) {
        final Spmm spmm = cases.getLast().spmm();
        return new Combination("spmm-" + spmm.sparsity().word() + "-" + type, spmm, isas, false, engine -> {
            try (SpmmDifferential differential = new SpmmDifferential(engine)) {
                cases.forEach(differential::check);
            }
        });
    }

    private static Combination lstm(final DataType x) {
        final List<LstmCase> cases = some(LstmCases.of(x));
        final Lstm lstm = cases.getFirst().lstm();
        return new Combination("lstm-" + x, lstm, isas(lstm.recurrent()), false, engine -> {
            try (LstmDifferential differential = new LstmDifferential(engine)) {
                cases.forEach(differential::check);
            }
        });
    }

    private static Combination training(final LstmTraining pass) {
        final List<LstmCase> cases = some(LstmCases.of(DataType.F32));
        final boolean forward = pass.pass() == LstmTraining.Pass.FORWARD;
        return new Combination("lstm-" + pass.pass(), pass, isas(pass.product()), false, engine -> {
            try (LstmTrainingDifferential differential = new LstmTrainingDifferential(engine)) {
                cases.forEach(forward ? differential::checkForward : differential::checkBackward);
            }
        });
    }

    private static <C> List<C> some(final List<C> cases) {
        return IntStream.range(0, cases.size())
                .filter(i -> i % EVERY == 0)
                .mapToObj(cases::get)
                .toList();
    }

    /** The paths that a combination ran on, as {@code backend path}. */
    static Stream<String> run(final Combination combination, final String target) {
        try (Engine offers = Engine.builder().device(target).build()) {
            return offers.candidates(combination.operation()).stream()
                    .filter(candidate -> !(combination.operation() instanceof Spmm)
                            || candidate.kernel().startsWith("spmm_")) // or a dense kernel, which is no cell of it
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
                .build()) {
            combination.cases().accept(engine);
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
